import { readFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { uploadBytesMax } from "../../domain/media/upload.ts";
import { fetchFile } from "../../socket-host/fetch-file.ts";

const here = { allowLoopback: true };

async function serving(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe("a file that is fetched by its address", () => {
  it("comes to disk whole, with the type that the server says", async () => {
    await using server = await serving((_request, response) =>
      response.writeHead(200, { "content-type": "text/plain" }).end("hello"),
    );
    const { file, mimetype } = await fetchFile(server.url, here);
    await using _removed = file;
    expect({ mimetype, size: file.size }).toEqual({ mimetype: "text/plain", size: 5 });
    expect(await readFile(file.path, "utf8")).toBe("hello");
  });

  it("is followed through redirects, but not to where it may not go", async () => {
    await using server = await serving((request, response) => {
      const location = request.url === "/inside" ? "http://10.0.0.1/secret" : "/file";
      if (request.url === "/file") response.end("%PDF-1.7");
      else response.writeHead(302, { location }).end();
    });
    const { file, mimetype } = await fetchFile(`${server.url}/moved`, here);
    await file[Symbol.asyncDispose]();
    expect(mimetype).toBe("application/pdf");
    await expect(fetchFile(`${server.url}/inside`, here)).rejects.toMatchObject({ code: "destination_refused" });
  });

  it("ends where redirects go round in circles", async () => {
    await using server = await serving((_request, response) => response.writeHead(302, { location: "/" }).end());
    await expect(fetchFile(server.url, here)).rejects.toMatchObject({ code: "fetch_failed" });
  });

  it("is refused for what it announces to be too large, before it is read", async () => {
    await using server = await serving((_request, response) => {
      response.writeHead(200, { "content-length": uploadBytesMax + 1 });
      response.flushHeaders();
    });
    await expect(fetchFile(server.url, here)).rejects.toMatchObject({ code: "fetch_failed" });
  });

  it.each(["http://127.0.0.1:1/x", "https://10.0.0.1/x", "https://169.254.169.254/latest", "https://localhost/x"])(
    "is not fetched from %s on AWS",
    async url => {
      await expect(fetchFile(url, { allowLoopback: false })).rejects.toMatchObject({ code: "destination_refused" });
    },
  );

  it("is not there where the server says so", async () => {
    await using server = await serving((_request, response) => response.writeHead(404).end());
    await expect(fetchFile(server.url, here)).rejects.toMatchObject({ code: "fetch_failed" });
  });
});
