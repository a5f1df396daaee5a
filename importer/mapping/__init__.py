"""Mappings: what one TOML file says about one bank's files."""
