"""The official Python client does what an agent does, and prints what it saw as one line of JSON.

Usage: client.py URL MODE     (MODE: legacy, auto, or a protocol revision; the token comes in MCP_TOKEN)
"""

import asyncio
import json
import os
import sys

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


def seen(result):
    return {
        "is_error": bool(result.is_error),
        "text": result.content[0].text,
        "structured": result.structured_content,
    }


async def main(url, mode):
    headers = {"Authorization": "Bearer " + os.environ["MCP_TOKEN"]}
    async with httpx2.AsyncClient(headers=headers) as http:
        async with Client(streamable_http_client(url, http_client=http), mode=mode) as client:
            tools = await client.list_tools()
            listed = await client.call_tool("list_article", {"limit": 10})
            # Neither is in the schema, which the client leaves to the server to notice.
            invalid = await client.call_tool("list_article", {"limit": "many"})
            refused = await client.call_tool("update_article", {"id": 1, "data": {"title": "Mine"}})
            return {
                "protocol": client.protocol_version,
                "tools": [tool.name for tool in tools.tools],
                "listed": seen(listed),
                "invalid": seen(invalid),
                "refused": seen(refused),
            }


print(json.dumps(asyncio.run(main(sys.argv[1], sys.argv[2]))))
