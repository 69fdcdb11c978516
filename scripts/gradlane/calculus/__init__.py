"""The calculus, measured: a page that tells a chapter's claims about gradients in order, each with what was measured of it.

A section is one file here: a function from what was measured to a `Section`, or None where nothing was. page.SECTIONS has
their order.
"""
