"""/api/profile and /api/mine: what a person says of themselves, and what they have done."""

from fastapi import APIRouter

from validation_app.api.bodies import ProfileBody
from validation_app.community import profiles
from validation_app.web.context import FromPerson, InContext

router = APIRouter(prefix="/api")


@router.get("/profile")
def profile(context: InContext, person: FromPerson) -> profiles.Profile:
    """What the person has said."""
    with context.reading() as session:
        return profiles.profile(session, person)


@router.put("/profile")
def change_profile(body: ProfileBody, context: InContext, person: FromPerson) -> profiles.Profile:
    """Say all of it anew."""
    said = profiles.Profile(body.age, body.gender, body.accents)
    with context.writing() as session:
        profiles.change(session, person, said)
    return said


@router.get("/mine")
def mine(context: InContext, person: FromPerson) -> profiles.Work:
    """What the person has done."""
    with context.reading() as session:
        return profiles.work(session, person)
