import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files that mostly wait: for retries, leases that run out, hours of a campaign. Begun last they would run alone, while
 * nothing is left to be done beside them. A machine that has run them before knows how long each takes; a new one does not.
 */
const longest = [
  "journeys/webhooks",
  "journeys/campaigns",
  "socket-host/history",
  "journeys/campaign-audiences",
  "journeys/media",
  "journeys/campaign-killed",
  "socket-host/outbox",
  "socket-host/contact-names",
  "journeys/bad-input",
  "socket-host/process",
  "journeys/contacts",
  "journeys/two-tenants",
  "socket-host/outage",
  "functions/campaign-pacer/pacing",
  "socket-host/failover",
].map(name => `/test/${name}.`);

/** Vitest's own order, but that the longest files come first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = longest.findIndex(name => moduleId.includes(name));
  return place === -1 ? longest.length : place;
}
