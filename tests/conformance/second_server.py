"""An MCP server of somebody else, without any guard of its own, built on the official Python package.

Usage: second_server.py      (it listens on a free port of 127.0.0.1 and prints that port on a line of its own)

Its one tool says which user and token the proxy in front of it named, and whether a credential came through.
"""

import asyncio
import socket

import uvicorn
from mcp.server import MCPServer
from mcp.server.mcpserver import Context

server = MCPServer("second")


@server.tool()
def who(ctx: Context) -> dict[str, str]:
    """Says who is asking."""
    headers = ctx.headers or {}
    named = {name: headers.get(name, "") for name in ("x-mcp-user", "x-mcp-token-id", "x-mcp-permissions")}
    return named | {"credential": "yes" if "authorization" in headers else "no"}


async def main():
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    app = server.streamable_http_app(json_response=True, stateless_http=True)
    await uvicorn.Server(uvicorn.Config(app, log_level="error")).serve(sockets=[listener])


asyncio.run(main())
