//! The words of the demonstration's made-up texts.

pub const FIRST_NAMES: [&str; 24] = [
    "Amara", "Björn", "Chiara", "Dmitri", "Elif", "Farah", "Grace", "Hiro", "Ines", "Jonas", "Kavya", "Liam",
    "Maya", "Noor", "Olga", "Paulo", "Quinn", "Rosa", "Sami", "Tomás", "Uma", "Viktor", "Wen", "Yara",
];

pub const LAST_NAMES: [&str; 24] = [
    "Adeyemi", "Berg", "Costa", "Dvorak", "Eriksen", "Fontaine", "Garcia", "Haddad", "Ito", "Jansen", "Kowalski",
    "Lindqvist", "Moreau", "Nakamura", "O'Brien", "Petrov", "Quispe", "Rossi", "Silva", "Tanaka", "Usman", "Varga",
    "Weber", "Yilmaz",
];

pub const COUNTRIES: [&str; 10] = ["BR", "CZ", "DE", "FR", "IE", "IN", "IT", "JP", "NG", "SE"];

pub const TOPICS: [&str; 24] = [
    "Sourdough", "Typography", "Night Trains", "Beekeeping", "Rust", "Tide Pools", "Letterpress", "Old Maps",
    "Bicycles", "Radio", "Gardens", "Databases", "Lighthouses", "Chess", "Tea", "Weather", "Bridges", "Astronomy",
    "Puppetry", "Ceramics", "Mountain Huts", "Libraries", "Ferries", "Clocks",
];

pub const TITLES: [&str; 14] = [
    "A quiet history of {}",
    "What {} taught me about patience",
    "{} for people who have no time",
    "Seven questions about {}",
    "The unexpected economics of {}",
    "Getting started with {}",
    "Why we still need {}",
    "Notes from a year of {}",
    "{} in winter",
    "A field guide to {}",
    "The people behind {}",
    "How not to explain {}",
    "{}, one step at a time",
    "The future of {} is small",
];

pub const SUBJECTS: [&str; 16] = [
    "The first workshop",
    "An old colleague",
    "Nobody in the village",
    "Every careful reader",
    "The second edition",
    "A patient teacher",
    "My grandmother",
    "The night shift",
    "Half of the committee",
    "A letter from Lisbon",
    "The new archive",
    "Our smallest experiment",
    "The harbour master",
    "A borrowed notebook",
    "The longest winter",
    "Someone with a ladder",
];

pub const VERBS: [&str; 12] = [
    "changed", "described", "repaired", "forgot", "measured", "questioned", "rediscovered", "simplified", "saved",
    "photographed", "outgrew", "explained",
];

pub const OBJECTS: [&str; 16] = [
    "the oldest rule of the trade",
    "a map that was never printed",
    "the way we count hours",
    "three habits worth keeping",
    "a tool with one purpose",
    "the sound of the machine room",
    "what the manual left out",
    "the cost of small mistakes",
    "a recipe with four ingredients",
    "the distance between two stations",
    "an argument about colour",
    "the shape of a good question",
    "a list of broken things",
    "the work of many hands",
    "a quiet kind of progress",
    "the only photograph we have",
];

pub const ENDINGS: [&str; 10] = [
    "before anyone noticed",
    "in a single afternoon",
    "and kept the receipts",
    "without raising a voice",
    "for the third time that year",
    "as if it were obvious",
    "with a borrowed pencil",
    "long after midnight",
    "and then wrote it down",
    "to everybody's relief",
];
