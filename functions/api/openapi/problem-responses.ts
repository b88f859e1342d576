import type { oas31, ZodOpenApiResponseObject } from "zod-openapi";
import type { ErrorCode } from "../../../domain/error.ts";
import { problemContentType, statusOf, titleOf } from "../problem.ts";
import { headersWith } from "./answer-headers.ts";
import { problemExample } from "./problem-example.ts";

/** The error responses of operations: each set of codes under one status is one component, made when first asked for. */
export interface ProblemResponses {
  /** Status → reference, for these codes. */
  of(codes: readonly ErrorCode[]): Record<string, oas31.ReferenceObject>;
  /** The components that were referred to so far; filled while operations are written. */
  readonly components: Record<string, ZodOpenApiResponseObject>;
}

export function problemResponses(): ProblemResponses {
  const components: Record<string, ZodOpenApiResponseObject> = {};
  return {
    components,
    of(codes) {
      const byStatus = Map.groupBy([...new Set(codes)].sort(), statusOf);
      const references = [...byStatus].map(([status, ofStatus]) => {
        const name = ofStatus.map(pascalCase).join("Or");
        components[name] ??= responseOf(status, ofStatus);
        return [String(status), { $ref: `#/components/responses/${name}` }];
      });
      return Object.fromEntries(references);
    },
  };
}

function responseOf(status: number, codes: readonly ErrorCode[]): ZodOpenApiResponseObject {
  const narrowed: oas31.SchemaObject = {
    type: "object",
    properties: { status: { const: status }, code: { enum: [...codes] } },
  };
  const [first] = codes;
  return {
    description: `${first === undefined ? status : titleOf(first)}: ${codes.map(code => `\`${code}\``).join(" or ")}`,
    headers: headersOf(codes),
    content: {
      [problemContentType]: {
        schema: { allOf: [{ $ref: "#/components/schemas/Problem" }, narrowed] },
        examples: Object.fromEntries(codes.map(code => [code, { value: problemExample(code) }])),
      },
    },
  };
}

function headersOf(codes: readonly ErrorCode[]): oas31.HeadersObject {
  if (codes.includes("unauthorized")) return headersWith("WWW-Authenticate");
  const waits = codes.every(code => code === "rate_limited" || code === "unavailable" || code === "media_not_ready");
  return waits ? headersWith("Retry-After") : headersWith();
}

function pascalCase(code: ErrorCode): string {
  return code.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
