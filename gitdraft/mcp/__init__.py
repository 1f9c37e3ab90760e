"""`gitdraft mcp`: agents propose, over the Model Context Protocol; people merge.

- `tools`: each tool, with what it takes and answers, and the function that calls the api.
- `calls`: one call of a tool: what was sent, who may, the repository, a refusal as an answer.
- `answers`: answers of a size that can be read: pages, an entity in parts.
- `server`: the protocol, on standard input and output or over HTTP on this machine.

What entities say stands in answers as JSON alone, never in a description, an instruction or a sentence.
"""
