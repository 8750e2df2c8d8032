"""The tour as an article: one HTML page with still pictures, to read, print and hand on."""

from pellucid.lessons.article.document import Place, article

__all__ = ["Place", "article"]
