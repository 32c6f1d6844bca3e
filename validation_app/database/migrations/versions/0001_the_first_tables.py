"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them, each after those that it refers to."""
    _people_and_sentences()
    _clips()
    _votes()
    _skipped()
    _reported()


def _people_and_sentences() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("age", sa.String(), nullable=False),
        sa.Column("gender", sa.String(), nullable=False),
        sa.Column("accents", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("client_id"),
    )
    op.create_table(
        "sentences",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("is_used", sa.Boolean(), nullable=False),
        sa.Column("clips_count", sa.Integer(), nullable=False),
        sa.Column("has_valid_clip", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("sentences_to_record", "sentences", ["locale", "is_used", "clips_count", "id"])


def _clips() -> None:
    op.create_table(
        "clips",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("sentence_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("loudness_db", sa.Double(), nullable=False),
        sa.Column("priority", sa.Double(), nullable=True),
        sa.Column("given_up_votes", sa.Integer(), nullable=False),
        sa.Column("given_down_votes", sa.Integer(), nullable=False),
        sa.Column("up_votes", sa.Integer(), nullable=False),
        sa.Column("down_votes", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("sentence_has_valid_clip", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["sentence_id"], ["sentences.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("path"),
        sqlite_autoincrement=True,
    )
    op.create_index("clips_of_sentence", "clips", ["sentence_id", "verdict"])
    votes = ["up_votes", "down_votes", "given_up_votes", "given_down_votes"]
    summed = ["locale", "verdict", "origin", *votes, "duration_ms"]
    op.create_index("clips_summed", "clips", summed)
    recorded = ["locale", "origin", "created_at", "duration_ms"]
    op.create_index("clips_recorded", "clips", recorded)
    op.create_index("clips_decided", "clips", ["locale", "verdict", "decided_at", "duration_ms"])
    op.create_index("clips_by_digest", "clips", ["digest"])
    op.create_index(
        "clips_to_hear",
        "clips",
        ["locale", sa.text("priority DESC"), "sentence_has_valid_clip", "id"],
        sqlite_where=sa.text("verdict = 'other'"),
        postgresql_where=sa.text("verdict = 'other'"),
    )
    op.create_index(
        "one_recording_each",
        "clips",
        ["person_id", "sentence_id"],
        unique=True,
        sqlite_where=sa.text("origin = 'recorded'"),
        postgresql_where=sa.text("origin = 'recorded'"),
    )


def _votes() -> None:
    op.create_table(
        "votes",
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("is_valid", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("clip_id", "person_id"),
    )
    op.create_index("votes_of_person", "votes", ["person_id"])
    op.create_index("votes_changed", "votes", ["changed_at"])


def _skipped() -> None:
    op.create_table(
        "skipped_clips",
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("clip_id", "person_id"),
    )
    op.create_table(
        "skipped_sentences",
        sa.Column("sentence_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["sentence_id"], ["sentences.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("sentence_id", "person_id"),
    )


def _reported() -> None:
    op.create_table(
        "reported_clips",
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("clip_id", "person_id"),
    )
    op.create_table(
        "reported_sentences",
        sa.Column("sentence_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["sentence_id"], ["sentences.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("sentence_id", "person_id"),
    )
