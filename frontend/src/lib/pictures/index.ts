export { MOST_BYTES, MOST_PIXELS, preparePicture } from "./prepare";
