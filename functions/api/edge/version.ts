/** The one version of the API there is; every answer carries it, and a request may pin it. */
export const apiVersion = "2026-11-01";
export const versionHeader = "X-API-Version";
