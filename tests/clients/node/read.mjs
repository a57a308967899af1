// Reads streams with the official packages: the file named as argument has a list of {client, url}. Prints, one a line,
// [text, reasoning, calls, reason, output tokens], or {raised}. Texts of refusals are counted as text.
import { readFileSync } from "node:fs";
import Anthropic from "@anthropic-ai/sdk";
import { DefaultChatTransport, readUIMessageStream } from "ai";
import OpenAI from "openai";

const ask = [{ role: "user", content: "Hi" }];
const options = (url) => ({ apiKey: "k", baseURL: url, maxRetries: 0, timeout: 10_000 });
const joined = (parts) => parts.map((part) => part.text ?? part.refusal ?? part.thinking ?? "").join("");
const of = (parts, ...types) => parts.filter((part) => types.includes(part.type));

function value(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const CLIENTS = {
  async "openai chat.completions.stream"(url) {
    const stream = new OpenAI(options(url)).chat.completions.stream({ model: "m", messages: ask });
    const completion = await stream.finalChatCompletion();
    const [{ message, finish_reason }] = completion.choices;
    const calls = (message.tool_calls ?? []).map((call) => [call.id, call.function.name, value(call.function.arguments)]);
    const text = (message.content ?? "") + (message.refusal ?? "");
    return [text, message.reasoning_content ?? "", calls, finish_reason, completion.usage?.completion_tokens];
  },
  async "openai responses.stream"(url) {
    const response = await new OpenAI(options(url)).responses.stream({ model: "m", input: "Hi" }).finalResponse();
    const calls = of(response.output, "function_call", "custom_tool_call");
    return [
      joined(of(response.output, "message").flatMap((item) => item.content)),
      joined(of(response.output, "reasoning").flatMap((item) => item.summary)),
      calls.map((call) => [call.call_id, call.name, call.input ?? value(call.arguments)]),
      response.incomplete_details?.reason ?? response.status,
      response.usage?.output_tokens,
    ];
  },
  async "@anthropic-ai/sdk messages.stream"(url) {
    const stream = new Anthropic(options(url)).messages.stream({ model: "m", max_tokens: 9, messages: ask });
    const { content, stop_reason, usage } = await stream.finalMessage();
    const calls = of(content, "tool_use").map((call) => [call.id, call.name, call.input]);
    return [joined(of(content, "text")), joined(of(content, "thinking")), calls, stop_reason, usage.output_tokens];
  },
  // A message of `ai` has neither a reason nor counts.
  async "ai readUIMessageStream"(url) {
    const transport = new DefaultChatTransport({ api: url });
    const stream = await transport.sendMessages({ chatId: "c", trigger: "submit-message", messages: [] });
    let parts = [];
    let raised;
    const onError = (error) => { raised = error; };
    for await (const message of readUIMessageStream({ stream, onError, terminateOnError: true })) parts = message.parts;
    if (raised) throw raised;
    const calls = of(parts, "dynamic-tool").map((call) => [call.toolCallId, call.toolName, call.input]);
    return [joined(of(parts, "text")), joined(of(parts, "reasoning")), calls, null, null];
  },
};

for (const { client, url } of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  try {
    console.log(JSON.stringify(await CLIENTS[client](url)));
  } catch (error) {
    console.log(JSON.stringify({ raised: `${error.name}: ${error.message}`.split("\n")[0].slice(0, 100) }));
  }
}
