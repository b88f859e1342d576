import { describe, expect, it } from "vitest";
import { dockerfileCommand } from "../../../local/ecs/dockerfile-command.ts";

describe("dockerfileCommand", () => {
  it("reads entry point, command and environment of the last stage alone", () => {
    const dockerfile = `
FROM node:24 AS build
ENV NODE_ENV=development
CMD ["npm", "test"]
FROM node:24-slim
ENV NODE_ENV=production \\
    NOTE="two words"
ENTRYPOINT ["node"]
CMD ["main.mjs", "--quiet"]
`;
    expect(dockerfileCommand(dockerfile)).toEqual({
      entryPoint: ["node"],
      command: ["main.mjs", "--quiet"],
      environment: { NODE_ENV: "production", NOTE: "two words" },
    });
  });

  it("refuses a command that needs the image's shell", () => {
    expect(() => dockerfileCommand("FROM node\nCMD node main.mjs")).toThrow("must be in exec form");
  });
});
