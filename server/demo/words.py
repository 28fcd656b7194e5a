"""The vocabulary of the demonstration: what a distributor of meat and provisions buys, from whom, and for whom."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """A category of products. `cost` is the range of the standard cost for one base unit, in US dollars."""

    code: str
    name: str
    parent: str
    prefix: str
    unit: str
    room: str
    shelf_life_days: int | None
    cost: tuple[int, int]
    items: tuple[str, ...]
    forms: tuple[str, ...]
    pack: int

    @property
    def tracks_lots(self) -> bool:
        """Whatever spoils is tracked."""
        return self.parent != "DRY"


GROUPS = {
    "MEAT": "Meat",
    "POULTRY": "Poultry",
    "SEA": "Seafood",
    "CHILLED": "Chilled provisions",
    "DRY": "Dry provisions",
}

_RED_FORMS = ("Choice", "Prime", "Select", "Choice, frozen", "Portioned 8 oz", "Trimmed")
_BIRD_FORMS = ("Fresh", "Frozen", "Air-chilled", "Organic", "Marinated")

FAMILIES = (
    Family("BEEF", "Beef", "MEAT", "BF", "LB", "COOLER", 28, (4, 26), (
        "Ribeye roll, lip-on", "Tenderloin, side muscle off", "Strip loin, boneless", "Top sirloin butt", "Chuck roll",
        "Shoulder clod", "Brisket, deckle-off", "Short ribs, bone-in", "Flank steak", "Outside skirt", "Inside round",
        "Eye of round", "Tri-tip", "Knuckle, peeled", "Oxtail, cut", "Shank, cross-cut", "Ground beef 80/20",
        "Ground beef 90/10", "Stew meat", "Chuck flap"), _RED_FORMS, 20),
    Family("PORK", "Pork", "MEAT", "PK", "LB", "COOLER", 21, (2, 9), (
        "Loin, boneless", "Tenderloin", "Shoulder butt, bone-in", "Picnic, cushion", "Belly, skinless",
        "Spareribs, St. Louis", "Back ribs", "Leg, fresh ham", "Hock", "Jowl", "Ground pork", "Trotters",
        "Cheek meat", "Cutlets", "Neck bones"), ("Fresh", "Frozen", "Trimmed", "Duroc", "Portioned 6 oz"), 20),
    Family("LAMB", "Lamb and veal", "MEAT", "LV", "LB", "COOLER", 21, (6, 24), (
        "Lamb rack, frenched", "Lamb leg, boneless", "Lamb shoulder", "Lamb shank", "Lamb loin chops", "Ground lamb",
        "Veal top round", "Veal shank, osso buco", "Veal breast", "Veal rib chops", "Veal liver"),
        ("Domestic", "New Zealand", "Australian, frozen", "Halal"), 12),
    Family("CHICKEN", "Chicken", "POULTRY", "CH", "LB", "COOLER", 12, (1, 6), (
        "Whole bird, 3.5 lb", "Breast, boneless skinless", "Thighs, boneless", "Drumsticks", "Wings, jumbo",
        "Leg quarters", "Tenders, clipped", "Livers", "Ground chicken", "Stock bones"), _BIRD_FORMS, 40),
    Family("BIRDS", "Turkey, duck and game birds", "POULTRY", "TD", "LB", "FREEZER", 180, (2, 14), (
        "Turkey breast, bone-in", "Turkey, whole 16 lb", "Ground turkey", "Duck, whole", "Duck breast", "Duck leg confit",
        "Quail, semi-boneless", "Cornish hen", "Pheasant"), ("Frozen", "Free-range", "Smoked"), 24),
    Family("SAUSAGE", "Sausage and cured meat", "MEAT", "SC", "LB", "COOLER", 60, (3, 15), (
        "Italian sausage, sweet", "Italian sausage, hot", "Bratwurst", "Kielbasa", "Chorizo, fresh", "Andouille",
        "Breakfast links", "Frankfurters, all beef", "Bacon, applewood", "Bacon, pepper", "Ham, boneless",
        "Prosciutto", "Pancetta", "Genoa salami", "Soppressata", "Pastrami", "Mortadella", "Liverwurst"),
        ("6 in.", "Sliced", "Natural casing", "Uncured"), 10),
    Family("FISH", "Fish and shellfish", "SEA", "FS", "LB", "FREEZER", 270, (5, 28), (
        "Atlantic salmon fillet", "Cod loins", "Catfish fillet", "Tilapia fillet", "Ahi tuna loin", "Walleye fillet",
        "Shrimp 16/20", "Shrimp 31/40", "Sea scallops U10", "Snow crab clusters", "Lobster tails 6 oz", "Mussels",
        "Calamari rings"), ("IQF", "Skin-on", "Wild"), 10),
    Family("DAIRY", "Cheese and dairy", "CHILLED", "DA", "LB", "COOLER", 90, (3, 16), (
        "Cheddar, sharp", "Mozzarella, low-moisture", "Provolone", "Swiss", "Monterey Jack", "Blue crumbles",
        "Feta in brine", "Parmesan wheel", "Cream cheese", "Butter, unsalted", "American, sliced", "Gouda, smoked"),
        ("Block", "Shredded", "Sliced", "Aged", "Imported"), 20),
    Family("PANTRY", "Oil, flour and pantry", "DRY", "PN", "EA", "DRY", 540, (4, 48), (
        "Canola oil 35 lb", "Olive oil 3 L", "Fryer shortening 50 lb", "Bread flour 50 lb", "Panko 25 lb",
        "Kosher salt 3 lb", "Black pepper, cracked 5 lb", "Smoked paprika 5 lb", "Garlic, granulated 6 lb",
        "Brown sugar 25 lb", "Barbecue sauce 1 gal", "Hot sauce 1 gal", "Dijon mustard 9 lb", "Crushed tomatoes #10",
        "Beans, pinto 20 lb", "Rice, long-grain 50 lb", "Beef base 5 lb", "Curing salt 1 lb", "Rub, Prairie house 10 lb"),
        ("Standard", "Organic", "Economy", "Private label"), 6),
    Family("PACKAGING", "Packaging and supplies", "DRY", "PS", "EA", "DRY", None, (6, 90), (
        "Vacuum bags 8×12", "Vacuum bags 12×16", "Butcher paper 24 in.", "Peach paper 18 in.", "Foam trays 4P",
        "Cling film 18 in.", "Nitrile gloves M", "Nitrile gloves L", "Cut-resistant glove", "Sausage casings 32 mm",
        "Labels, thermal 4×6", "Shipping cartons 20 lb", "Ice packs 16 oz", "Sanitizer 1 gal", "Boning knife 6 in."),
        ("Case of 500", "Roll", "Box", "Bulk"), 4),
)  # fmt: skip

SUPPLIER_FIRST = (
    "Prairie", "High Plains", "Blue River", "Sandhills", "Cedar Creek", "Big Bend", "Iron Horse", "Heartland", "Northfork",
    "Red Willow", "Flint Hills", "Lone Tree", "Platte Valley", "Great Basin", "Gulf Coast", "Lakeshore", "Old Mill",
    "Stone Bridge", "Twin Oaks", "Wheatland",
)  # fmt: skip
SUPPLIER_LAST = {
    "MEAT": ("Packing Co.", "Beef", "Meats", "Provisions", "Locker"),
    "POULTRY": ("Poultry Farms", "Poultry", "Hatchery"),
    "SEA": ("Seafood", "Fisheries"),
    "CHILLED": ("Dairy Cooperative", "Creamery"),
    "DRY": ("Milling", "Packaging Supply", "Foods"),
}
CUSTOMER_NAMES = (
    "Corner Grill", "Smokehouse 41", "The Brass Spoon", "Hotel Lincoln", "Saint Anne Hospital", "Haymarket Bistro",
    "Union Cafeteria", "La Cocina de Rosa", "Kowalski Deli", "Night Owl Diner", "Market Hall Butchers", "Fremont Schools",
    "Riverside Catering", "The Copper Pot", "Blue Door Tavern", "Ranch House Steaks", "Golden Noodle", "Aksarben Arena",
    "Elm Street Grocers", "Sunrise Care Home", "Old Town Pizza", "Bluestem Country Club", "Pho Saigon", "Campus Dining",
    "Capitol Lunch",
)  # fmt: skip
PLACES = (
    ("Omaha", "NE", "68102"), ("Lincoln", "NE", "68508"), ("Grand Island", "NE", "68801"), ("Kansas City", "MO", "64106"),
    ("Des Moines", "IA", "50309"), ("Sioux City", "IA", "51101"), ("Wichita", "KS", "67202"), ("Denver", "CO", "80202"),
    ("Amarillo", "TX", "79101"), ("Chicago", "IL", "60607"), ("Green Bay", "WI", "54301"), ("Sioux Falls", "SD", "57104"),
)  # fmt: skip
STREETS = (
    "Commerce St",
    "Stockyard Rd",
    "Union Ave",
    "Railroad Ave",
    "Industrial Pkwy",
    "Market St",
    "Dock St",
    "Mill Rd",
)
FIRST_NAMES = (
    "Ana", "Ben", "Carla", "Dmitri", "Elena", "Frank", "Grace", "Hugo", "Irene", "Jonas", "Karen", "Luis", "Maya", "Noah",
    "Olga", "Paul", "Quinn", "Rosa", "Samir", "Tess", "Uma", "Victor", "Wendy", "Xavier", "Yara", "Zoe",
)  # fmt: skip
LAST_NAMES = (
    "Alvarez", "Becker", "Castillo", "Dvorak", "Erikson", "Fischer", "Garcia", "Hansen", "Ito", "Jensen", "Kovacs", "Larsen",
    "Moreno", "Novak", "Okafor", "Petersen", "Quiroga", "Ramirez", "Schmidt", "Tran", "Ueda", "Vogel", "Walsh", "Young",
)  # fmt: skip
CONTACT_ROLES = ("Sales", "Accounts receivable", "Quality", "Dispatch")
DEPARTMENTS = {
    "OPS": ("Operations", ("Operations manager",)),
    "WH": ("Warehouse", ("Warehouse clerk", "Forklift driver", "Receiving clerk", "Picker")),
    "CUT": ("Cutting room", ("Butcher", "Apprentice butcher", "Packer")),
    "BUY": ("Purchasing", ("Buyer",)),
    "SALES": ("Sales", ("Account manager", "Inside sales")),
    "QA": ("Quality", ("Quality technician",)),
    "HR": ("People", ("HR clerk",)),
    "FIN": ("Finance", ("Accountant",)),
}
REJECTIONS = (
    "Too warm on arrival: 46 °F",
    "Torn vacuum bags",
    "Short-dated",
    "Wrong trim",
    "Crushed cartons",
)
ADJUSTMENTS = ("Weighed again", "Damaged by the forklift", "Counted")
