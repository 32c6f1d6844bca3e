"""/api/sentences."""

from fastapi import APIRouter

router = APIRouter(prefix="/api")
