"""Pull requests that are one with their drafts, on GitHub, GitLab, Gitea and Forgejo.

- ``settings``: which forge a repository is on, and the token for it.
- ``http``, ``records``: its API over HTTP; members of its answers.
- ``port``: what is asked of a forge; ``github`` and ``gitea`` (``github_style`` is what both have), and ``gitlab`` ask it.
- ``markdown``, ``texts``: text out of data that does nothing on a forge; title, body, notice and status of a draft.
- ``branch``: the branch `gitdraft/<id>`, when it is pushed, and what of it the draft holds.
- ``context``: what each of the steps needs.
- ``publish``: the draft goes out; ``take_in``, ``remarks``: commits, comments and verdicts come back.
- ``events``: which drafts an event of the forge is about.
- ``follow``, ``merged``, ``merge``: merged, closed and reopened, on either side.
"""
