"""GET /api/overview: what /overview shows, as numbers.

    {
      "moment": "2026-11-22T02:30:00Z", "locale": "en",
      "goal_hours": 100.0,                       0: none is set
      "hours": {"all": 3.1, "recorded": 2.9, "valid": 2.0, "invalid": 0.1, "other": 1.0},
                                                 recorded: here; the rest of "all" is imported
      "clips": {"valid": 1400, "invalid": 80, "other": 700},
      "queues": {"sentences_to_record": 310, "clips_to_hear": 700},
      "sentences": 2400,
      "people": {"all": 41, "active": 6, "active_by_hour": [0, 0, 1, …]},
                                                 in the last 10 hours, the present one last
      "votes": {"all": 3200, "pairs": 1700, "agreement": 0.93, "alpha": 0.71},
                                                 cast here; null where nothing tells it
      "days": [{"date": "2026-11-22", "recorded_hours": 0.2, "valid_hours": 0.1}, …]
                                                 30 days (UTC), today last
    }

Hours are of audio. ``agreement`` is the share of pairs of votes on one clip that say the same,
``alpha`` is Krippendorff's (validation_app/overview/agreement.py).
"""

from datetime import UTC
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from validation_app.overview.keeper import OverviewKeeper
from validation_app.overview.statistics import Overview

router = APIRouter(prefix="/api")


def current_overview(request: Request) -> Overview:
    """The app's, as of now or of a moment ago."""
    keeper = request.app.state.overview
    assert isinstance(keeper, OverviewKeeper)
    return keeper.overview()


CurrentOverview = Annotated[Overview, Depends(current_overview)]


@router.get("/overview")
def overview(found: CurrentOverview) -> dict[str, Any]:
    """As the head of this file has it."""
    agreement = found.agreement
    return {
        "moment": found.moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "locale": found.locale,
        "goal_hours": found.goal_hours,
        "hours": {"all": found.all_hours, "recorded": found.recorded_hours, **found.hours},
        "clips": found.clips,
        "queues": {
            "sentences_to_record": found.sentences_to_record,
            "clips_to_hear": found.clips_to_hear,
        },
        "sentences": found.sentences,
        "people": {
            "all": found.people,
            "active": found.active_people,
            "active_by_hour": found.active_by_hour,
        },
        "votes": {
            "all": found.votes,
            "pairs": agreement.pairs,
            "agreement": agreement.share,
            "alpha": agreement.alpha,
        },
        "days": [
            {
                "date": day.date.isoformat(),
                "recorded_hours": day.recorded_hours,
                "valid_hours": day.valid_hours,
            }
            for day in found.days
        ],
    }
