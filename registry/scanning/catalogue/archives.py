"""Rules about archives. All but the notes end in a rejection: nothing of the archive is kept."""

from portal.kit.i18n import N_
from registry.scanning.catalogue import advice
from registry.scanning.catalogue.rule import Texts

TEXTS: dict[str, Texts] = {
    "archive.unknown_format": Texts(
        N_("The archive is neither zip nor tar"),
        N_("Only zip and tar (plain, gzip, bzip2, xz) are unpacked; the content decides, not the name."),
        advice.REPACK,
    ),
    "archive.broken": Texts(
        N_("The archive is damaged"),
        N_("Part of it cannot be read, or two places in it contradict each other."),
        advice.REPACK,
    ),
    "archive.polyglot": Texts(
        N_("The archive carries other data in front"),
        N_(
            "A file that is a zip and something else at once can show one content to a checker and "
            "another to a user."
        ),
        advice.REPACK,
    ),
    "archive.encrypted": Texts(
        N_("The archive is encrypted"),
        N_("Encrypted files cannot be checked."),
        advice.REPACK,
    ),
    "archive.too_many_entries": Texts(
        N_("The archive holds too many files"),
        N_("The number of entries is limited so that an archive cannot exhaust the platform."),
        advice.SMALLER,
    ),
    "archive.too_large": Texts(
        N_("The archive unpacks to too much data"),
        N_("The unpacked size is limited and counted while unpacking."),
        advice.SMALLER,
    ),
    "archive.ratio": Texts(
        N_("The archive unpacks to far more than its own size"),
        N_("Such a ratio is the mark of a decompression bomb."),
        advice.SMALLER,
    ),
    "archive.link": Texts(
        N_("The archive holds a link"),
        N_("Links can point outside the archive, so they are never unpacked."),
        advice.REPACK,
    ),
    "archive.special_file": Texts(
        N_("The archive holds a device, pipe, socket or sparse file"),
        N_("Only ordinary files and folders are unpacked."),
        advice.REPACK,
    ),
    "archive.absolute_name": Texts(
        N_("A name in the archive is absolute"),
        N_("Names must be relative to the folder that was packed."),
        advice.REPACK,
    ),
    "archive.parent_name": Texts(
        N_("A name in the archive leads outside by “..”"),
        N_("Such a name would write outside the folder."),
        advice.REPACK,
    ),
    "archive.backslash": Texts(
        N_("A name in the archive has a backslash"),
        N_("Systems disagree on whether it separates folders."),
        advice.RENAME,
    ),
    "archive.drive_letter": Texts(
        N_("A name in the archive has a drive letter"),
        N_("Names must be relative to the folder that was packed."),
        advice.REPACK,
    ),
    "archive.control_character": Texts(
        N_("A name in the archive has invisible characters"),
        N_("Control and direction characters can make a name look like another."),
        advice.RENAME,
    ),
    "archive.bad_name": Texts(
        N_("A name in the archive cannot be used"),
        N_("It is empty, has a colon, or is in an unknown encoding."),
        advice.RENAME,
    ),
    "archive.name_too_long": Texts(
        N_("A name in the archive is too long"),
        N_("A name may have 255 bytes and a whole path 500 characters."),
        advice.RENAME,
    ),
    "archive.too_deep": Texts(
        N_("Folders in the archive are nested too deeply"),
        N_("20 levels are accepted."),
        advice.REPACK,
    ),
    "archive.collision": Texts(
        N_("Two names in the archive would collide"),
        N_("They differ only by upper and lower case or by Unicode form, or the same name occurs twice."),
        advice.RENAME,
    ),
    "archive.lying_size": Texts(
        N_("The archive states a wrong size"),
        N_("The size of a file differs from what the archive says."),
        advice.REPACK,
    ),
    "archive.checksum": Texts(
        N_("A checksum in the archive does not match"),
        N_("The file was damaged or changed after it was packed."),
        advice.REPACK,
    ),
    "archive.overlap": Texts(
        N_("Files in the archive share bytes"),
        N_("Overlapping files are the mark of a decompression bomb."),
        advice.REPACK,
    ),
    "archive.compression": Texts(
        N_("The archive uses a compression that is not supported"),
        N_("Zip files may use “store”, “deflate” or “bzip2”."),
        advice.REPACK,
    ),
    "archive.empty": Texts(
        N_("The archive is empty"),
        N_("There is no file inside."),
        advice.REPACK,
    ),
    "archive.names_gbk": Texts(
        N_("File names were read as GBK"),
        N_("The archive does not say how its Chinese names are encoded; they form valid GBK."),
        advice.LOOK,
    ),
    "archive.names_cp437": Texts(
        N_("File names are in an unclear encoding"),
        N_("They are neither UTF-8 nor GBK and were read as the old DOS code page 437."),
        advice.LOOK,
    ),
    "archive.litter_dropped": Texts(
        N_("System litter was left out"),
        N_("__MACOSX, .DS_Store and Thumbs.db are not part of the work."),
        advice.NOTHING,
    ),
    "archive.root_stripped": Texts(
        N_("The only top folder was taken as the root"),
        N_("Its contents are the version."),
        advice.NOTHING,
    ),
}
