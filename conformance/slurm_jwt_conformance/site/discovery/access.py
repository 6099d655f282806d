"""Who may read or change a file, by the owner and mode of the file and of the folders above it.

Access control lists, capabilities and security modules are not considered: only the kernel knows what they
allow. Root may do everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.discovery.host import Account, Folder, Look

_STICKY = 0o1000


def may_read(look: Look, account: Account) -> bool:
    """Return whether an account may enter the folders above a file and may read the file."""
    return _reaches(look, account) and bool(_bits(look, account) & 4)


def may_enter(look: Look, account: Account, *, writing: bool) -> bool:
    """Return whether an account may enter a folder and list it; writing: and may create files in it."""
    needed = 7 if writing else 5
    return _reaches(look, account) and (account.uid == 0 or _bits(look, account) & needed == needed)


def _reaches(look: Look, account: Account) -> bool:
    return account.uid == 0 or all(_bits(folder, account) & 1 for folder in look.folders)


def _bits(of: Look | Folder, account: Account) -> int:
    """Return the three permission bits that apply to an account."""
    if account.uid in {0, of.uid}:
        return 7 if account.uid == 0 else of.mode >> 6 & 7
    return of.mode >> 3 & 7 if of.gid in account.gids else of.mode & 7


def may_change(of: Look | Folder, account: Account | None, *, sticky_counts: bool = False) -> str:
    """Return who except root and `account` may write: "its owner", "its group", "everybody" or "".

    sticky_counts: the sticky bit keeps others from replacing a file that is not theirs.
    """
    sticky = sticky_counts and bool(of.mode & _STICKY)
    if of.mode & 0o002 and not sticky:
        return "everybody"
    own_groups = {0} | (account.gids if account else frozenset())
    if of.mode & 0o020 and of.gid not in own_groups and not sticky:
        return "its group"
    if of.uid not in {0, account.uid if account else 0}:
        return "its owner"
    return ""


def open_folder(look: Look, account: Account | None) -> tuple[Folder, str] | None:
    """Return the first folder above a file in which others may replace its content, and who they are."""
    for folder in look.folders:
        who = may_change(folder, account, sticky_counts=True)
        if who:
            return folder, who
    return None
