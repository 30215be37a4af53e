// Keeps files readable: half of them under 60 lines, none over 350.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const files = ["src", "mock"].flatMap((dir) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile() && /\.tsx?$/.test(f.name) && f.name !== "schema.d.ts")
    .map((f) => join(f.parentPath, f.name)),
);
const lines = files.map((file) => ({ file, n: readFileSync(file, "utf8").split("\n").length - 1 }));
lines.sort((a, b) => a.n - b.n);
const median = lines[Math.floor(lines.length / 2)].n;
const long = lines.filter((l) => l.n > 350);
console.log(`${lines.length} files, median ${median} lines, longest ${lines.at(-1).file} with ${lines.at(-1).n}`);
for (const { file, n } of long) console.error(`${file} has ${n} lines; split it (350 at most)`);
if (median > 60) console.error(`the median is ${median} lines; 60 at most`);
process.exit(long.length > 0 || median > 60 ? 1 : 0);
