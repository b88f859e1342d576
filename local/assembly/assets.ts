import { dirname, join } from "node:path";
import * as z from "zod";
import { readJson } from "./read-json.ts";

const AssetManifest = z.object({
  files: z
    .record(
      z.string(),
      z.object({
        source: z.object({ path: z.string().optional() }),
        destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
      }),
    )
    .default({}),
  dockerImages: z
    .record(
      z.string(),
      z.object({
        source: z.object({ directory: z.string().optional(), dockerFile: z.string().optional() }),
        destinations: z.record(z.string(), z.object({ imageTag: z.string() })),
      }),
    )
    .default({}),
});

interface ImageAsset {
  readonly directory: string;
  readonly dockerfile: string;
}

export interface Assets {
  /** What would be uploaded, by its key in the bootstrap bucket: the directory (or file) it is made from. */
  readonly files: ReadonlyMap<string, string>;
  /** The build context of each container image, by its tag. */
  readonly images: ReadonlyMap<string, ImageAsset>;
}

/** Reads the asset manifests beside the templates; paths come out absolute. */
export async function readAssets(manifestPaths: readonly string[]): Promise<Assets> {
  const files = new Map<string, string>();
  const images = new Map<string, ImageAsset>();
  for (const manifestPath of manifestPaths) {
    const base = dirname(manifestPath);
    const manifest = await readJson(manifestPath, AssetManifest);
    for (const { source, destinations } of Object.values(manifest.files)) {
      for (const { objectKey } of Object.values(destinations)) {
        if (source.path !== undefined) files.set(objectKey, join(base, source.path));
      }
    }
    for (const { source, destinations } of Object.values(manifest.dockerImages)) {
      if (source.directory === undefined) continue;
      const image = { directory: join(base, source.directory), dockerfile: source.dockerFile ?? "Dockerfile" };
      for (const { imageTag } of Object.values(destinations)) images.set(imageTag, image);
    }
  }
  return { files, images };
}
