// The process of a function. Its port is open before all else is even imported: see EarlyPort.
import { EarlyPort } from "../../workflow/src/port/early-port.ts";

const port = EarlyPort.open(process.env);
const { start } = await import("./start.ts");
await start(port);
