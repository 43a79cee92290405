"""Leads as HTTP has them: forms of browsers, pages for people, and their part of the OpenAPI document."""
