"""What sites struggle with: each pain as files, reproduced on a real daemon, and the command that answers it.

`pain` says what a pain is, `rows` which kinds there are and where people met them, `catalogue` lists them
all, `answering` runs the commands, `reproducing` the daemons, `page` writes docs/pains.md.
"""
