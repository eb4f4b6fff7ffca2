"""Uses an MCP endpoint with the official Python client and prints what came of it as JSON.

Usage: python_client.py URL TOKEN MODE, where MODE is auto, legacy or a revision such as 2026-07-28.
"""

import asyncio
import json
import sys

import httpx2 as httpx
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


async def main(url: str, token: str, mode: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers) as http:
        async with Client(streamable_http_client(url, http_client=http), mode=mode) as client:
            tools = await client.list_tools()
            listed = await client.call_tool("list_article", {"limit": 2})
            failed = await client.call_tool("get_article", {"id": 999_999})
            refused = await client.call_tool("update_article", {"id": 1, "data": {"title": "x"}})
            assert failed.is_error and refused.is_error and not listed.is_error
            report = {
                "version": client.protocol_version,
                "tools": [tool.name for tool in tools.tools],
                "listed": listed.structured_content,
                "failed": failed.content[0].text,
                "refused": refused.content[0].text,
            }
    print(json.dumps(report))


asyncio.run(main(*sys.argv[1:]))
