"""Language models: text to vocabulary to KenLM to trie to package."""
