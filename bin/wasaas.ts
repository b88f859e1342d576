#!/usr/bin/env node
import { CommanderError } from "commander";
import { operatorProgram } from "./operator/commands.ts";
import { OperatorError } from "./operator/operator-error.ts";

const streams = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
};

try {
  await operatorProgram({ ...streams, environment: process.env }).parseAsync();
} catch (error) {
  // Commander has printed its own line: help and the version end well, everything else was asked wrongly.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof OperatorError) fail(error.message, error.exitCode);
  else throw error;
}

function fail(message: string, exitCode: number): void {
  streams.err(`wasaas: ${message}\n`);
  process.exitCode = exitCode;
}
