"""The pages that people see: templates, styles and scripts, without a build step."""
