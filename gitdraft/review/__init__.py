"""A draft, rendered for people: values of the lower floors become values of pages, and these HTML.

- ``text``: what is unseen in a text becomes seen; words of two texts compared.
- ``values``, ``compare``: a JSON value as a page shows it; two documents, field by field.
- ``names``: what entities and members are called, beside their ids and pointers.
- ``draft``, ``drafts``: the page of a draft, and of all of them.
- ``controls``, ``typed``, ``edit_page``: an entity as a form, and what was typed into it.
- ``remarks``: what people say of a draft, where they say it.
- ``state``: which state of a draft a page shows.
- ``file_site``: all pages as files with relative links.
- ``pages``, ``render``: each page as HTML: templates, the style sheet and the script, the policy that lets nothing else in.
"""
