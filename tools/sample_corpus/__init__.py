"""The sample corpus: a small synthetic release in Common Voice's layout, made from a seed.

language   the command language: its words, its commands, how a command is written down
voices     the speakers and their voices
readings   who reads what, with which votes, into which tables
espeak     speech from espeak-ng's library
noise      backgrounds and rooms
recording  one reading -> one MP3
damage     what is wrong with the clips that are wrong
release    tables and tar, byte for byte the same for the same library versions
expected   what a reader of the release must find
"""
