// The official TypeScript client does what an agent does, and prints what it saw as one line of JSON.
//
// Usage: client.mjs URL MODE     (MODE: legacy, auto, or a protocol revision; the token comes in MCP_TOKEN)

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const [url, mode] = process.argv.slice(2);
const negotiation = mode === "legacy" || mode === "auto" ? mode : { pin: mode };
const client = new Client({ name: "it", version: "1" }, { versionNegotiation: { mode: negotiation } });
const headers = { Authorization: `Bearer ${process.env.MCP_TOKEN}` };
await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));

const call = async (name, args) => {
  const result = await client.callTool({ name, arguments: args });
  return { is_error: result.isError ?? false, text: result.content[0].text, structured: result.structuredContent ?? null };
};

const { tools } = await client.listTools();
const seen = {
  protocol: client.getNegotiatedProtocolVersion(),
  tools: tools.map((tool) => tool.name),
  listed: await call("list_article", { limit: 10 }),
  invalid: await call("list_article", { limit: "many" }),
  refused: await call("update_article", { id: 1, data: { title: "Mine" } }),
};
await client.close();
console.log(JSON.stringify(seen));
