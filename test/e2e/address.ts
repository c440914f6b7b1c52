import { createSocket } from "node:dgram";
import { once } from "node:events";

/** This machine's address as another one sees it. Nothing is sent. */
export async function addressTowards(other: string): Promise<string> {
  const socket = createSocket("udp4");
  socket.connect(9, other);
  await once(socket, "connect");
  const { address } = socket.address();
  socket.close();
  return address;
}
