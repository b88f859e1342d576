import sharp from "sharp";

/** What a phone shows of an image before it has loaded it. */
export interface ImagePreview {
  /** A small JPEG. */
  readonly thumbnail: Uint8Array;
  /** Of the image itself, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** As wide as WhatsApp's web client makes them. */
const thumbnailPixels = 72;
/** A decompression bomb is refused; a photograph of any camera is not. */
const pixelsMax = 100_000_000;

sharp.cache(false);
sharp.concurrency(1);

/** Throws where the file is no image that can be decoded. */
export async function imagePreview(path: string): Promise<ImagePreview> {
  const image = sharp(path, { limitInputPixels: pixelsMax, sequentialRead: true });
  const { width, height } = await image.metadata();
  const thumbnail = await image.rotate().resize({ width: thumbnailPixels }).jpeg({ quality: 50 }).toBuffer();
  return { thumbnail, width, height };
}
