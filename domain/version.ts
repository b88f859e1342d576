import manifest from "../package.json" with { type: "json" };

/** The product's own version, as `GET /health` and the user agent of webhooks say it. */
export const version = manifest.version;
