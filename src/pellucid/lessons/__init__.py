"""The chapters as Markdown, a folder per language, and their compiler; docs/writing-lessons.md says how to write."""

from pellucid.lessons.lesson import TOUR, Lesson, chapter_for, compile_lesson, compiled_for
from pellucid.lessons.subject import Subject

__all__ = ["TOUR", "Lesson", "Subject", "chapter_for", "compile_lesson", "compiled_for"]
