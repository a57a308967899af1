// eventsource-parser with JSON.parse and concatenation, over a file of hex lines, one event each.
import { readFileSync } from "node:fs";
import { createParser } from "eventsource-parser";

const events = readFileSync(process.argv[2], "utf8").split("\n").map((line) => Buffer.from(line, "hex"));

function run() {
  let text = "";
  let chunks = 0;
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent(event) {
      if (event.data === "[DONE]") return;
      const payload = JSON.parse(event.data);
      chunks += 1;
      const content = payload.choices[0]?.delta?.content;
      if (content) text += content;
    },
  });
  for (const event of events) parser.feed(decoder.decode(event, { stream: true }));
  return { text, chunks };
}

for (let i = 0; i < 30; i++) run(); // warm
const times = [];
let last;
for (let i = 0; i < 15; i++) {
  const before = process.cpuUsage();
  last = run();
  const used = process.cpuUsage(before);
  times.push((used.user + used.system) / last.chunks);
}
times.sort((a, b) => a - b);
console.log(JSON.stringify({ microseconds: times[7], text: last.text }));
