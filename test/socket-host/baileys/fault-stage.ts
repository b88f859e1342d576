import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { Intercept } from "../../../local/aws/intercept.ts";
import { keyPartition } from "../../../socket-host/keys/key-item.ts";
import { eventually } from "../../eventually.ts";
import { Stage } from "./stage.ts";
import type { TestSession } from "./test-session.ts";

export const keyWrites: Intercept = ({ service, action }) =>
  service === "dynamodb" && action === "TransactWriteItems" ? { error: "InternalServerError" } : undefined;
export const keyReads: Intercept = ({ service, action }) =>
  service === "dynamodb" && action === "BatchGetItem" ? { error: "InternalServerError" } : undefined;
const noFault: Intercept = () => undefined;

/** Sessions over a WhatsApp and an AWS that fail as a test says, until that test is over. */
export class FaultStage {
  readonly #stage: Stage;
  /** What becomes of each AWS call. */
  readonly #aws: { fault: Intercept };
  #reading = new AbortController();
  #lastNumber = 15_551_000_000;

  constructor(stage: Stage, aws: { fault: Intercept }) {
    this.#stage = stage;
    this.#aws = aws;
  }

  static async open(): Promise<FaultStage> {
    const aws = { fault: noFault };
    return new FaultStage(await Stage.open({ intercept: call => aws.fault(call) }), aws);
  }

  get control() {
    return this.#stage.control;
  }

  get db() {
    return this.#stage.aws.db;
  }

  get dataKeys() {
    return this.#stage.dataKeys;
  }

  /** Until the test is over: what a session that is read from is read under. */
  get reading(): AbortSignal {
    return this.#reading.signal;
  }

  awsFails(fault: Intercept): void {
    this.#aws.fault = fault;
  }

  awsIsWell(): void {
    this.#aws.fault = noFault;
  }

  /** Ends what a test began, its faults above all. */
  async testIsOver(): Promise<void> {
    this.#reading.abort();
    this.#reading = new AbortController();
    this.awsIsWell();
    await this.control.ok("DELETE", "/faults");
  }

  close(): Promise<void> {
    return this.#stage.close();
  }

  newNumber(): string {
    return String(++this.#lastNumber);
  }

  async newPhone(): Promise<string> {
    const number = this.newNumber();
    await this.control.createPhone(number, "Bob");
    return number;
  }

  session(): TestSession {
    return this.#stage.session();
  }

  async linked(): Promise<{ session: TestSession; number: string }> {
    const number = this.newNumber();
    return { session: await this.#stage.linked(number), number };
  }

  /** What a phone has, once it has as many messages as these. */
  received(number: string, texts: string[]) {
    return eventually(`the phone has ${texts}`, async () => {
      const all = await this.control.messages(number);
      return all.length >= texts.length && all;
    });
  }

  /** What is stored of a session's keys under a prefix. */
  async rowsUnder(session: TestSession, prefix: string): Promise<{ pk: string; sk: string }[]> {
    const answer = await this.db.client.send(
      new QueryCommand({
        TableName: this.db.table.keys,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: { ":pk": keyPartition(session.name), ":prefix": prefix },
      }),
    );
    return (answer.Items ?? []).map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) }));
  }
}

/** As a SIGKILL would: nothing more is written, told or answered, and nobody is told. */
export async function kill(session: TestSession): Promise<void> {
  session.keys?.abandon();
  await session.socket?.close();
}
