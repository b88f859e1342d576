import { version } from "../../../domain/version.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import { rootRoutes } from "./routes.ts";

const file = (name: string) => `/docs/${name}?v=${version}`;

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>WASaaS API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${file("swagger-ui.css")}">
</head>
<body>
<main id="document"></main>
<script src="${file("swagger-ui-bundle.js")}"></script>
<script src="${file("page.js")}"></script>
</body>
</html>
`;

/** Nothing is loaded from elsewhere, whatever the document says. Swagger UI styles elements and draws icons inline. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export const getDocs = endpoint(rootRoutes.getDocs, async () => ({
  ...ok(page),
  headers: { "Content-Security-Policy": contentSecurityPolicy },
}));
