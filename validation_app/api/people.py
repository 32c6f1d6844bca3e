"""/api/people."""

from fastapi import APIRouter

router = APIRouter(prefix="/api")
