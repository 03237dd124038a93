import { usePostDelivery } from "./use-post-outbox";

/** Sends posts and comments that wait. Shows nothing, and so needn't be there with the first page. */
export default function PostDelivery() {
  usePostDelivery();
  return null;
}
