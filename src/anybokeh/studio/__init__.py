"""The studio: a local web page on which a clip is refocused by clicking.

`server` starts it, `app` is its routes. An open clip is a `session.ClipSession` over a
`project.Project` on the disk; renders run in processes of their own, one at a time (`renders`).
"""
