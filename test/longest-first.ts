import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files that mostly wait: for retries, leases that run out, hours of a campaign. Begun last they would run alone, while
 * nothing is left to be done beside them. A machine that has run them before knows how long each takes; a new one does not.
 */
const longest = [
  "journeys/webhooks",
  "journeys/campaign-killed",
  "journeys/campaigns",
  "journeys/campaign-audiences",
  "socket-host/history",
  "socket-host/outbox",
  "socket-host/contact-names",
  "socket-host/process",
  "functions/campaign-pacer/pacing",
].map(name => `/test/${name}.`);

/** Vitest's own order, but that the longest files come first within their project. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const groups = Map.groupBy(sorted, ({ project }) => project.name);
    return [...groups.values()].flatMap(group => group.toSorted((one, other) => placeOf(one) - placeOf(other)));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = longest.findIndex(name => moduleId.includes(name));
  return place === -1 ? longest.length : place;
}
