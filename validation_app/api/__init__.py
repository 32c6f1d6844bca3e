"""The routes under /api/, which speak JSON; docs/validation-app.md lists them."""
