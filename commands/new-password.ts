import { randomBytes } from "node:crypto";

// Letters and digits alone: it is part of an address.
process.stdout.write(randomBytes(24).toString("hex"));
