import type { MessageMedia, Peer } from "../api/types";
import { newId } from "../ids";
import { DeliveryQueue, type DeliveryQueueOptions, type Queued } from "./delivery-queue";

export type { Delivery } from "./delivery-queue";

/** A message on its way: its id is the message's own, its lane the person it is for. */
export interface OutboxItem extends Queued {
  text: string;
  /** Pictures that are uploaded already. */
  media?: MessageMedia[];
  /** For whom it is, as they were called: without a network there is nobody to ask. */
  peer?: Peer;
}

/** Messages on their way. To one person they go in the order they were written; nobody waits for somebody else's. */
export class Outbox extends DeliveryQueue<OutboxItem> {
  constructor(options: DeliveryQueueOptions<OutboxItem>) {
    super(outboxPrefix(options.account), options);
  }

  add(to: string, text: string, more: Pick<OutboxItem, "media" | "peer"> = {}): OutboxItem {
    const createdAt = new Date().toISOString();
    const item: OutboxItem = { ...more, id: newId(), to, text, createdAt, state: "waiting" };
    this.enqueue(item);
    return item;
  }
}

export const outboxPrefix = (account: string): string => `echo:outbox:${account}:`;
