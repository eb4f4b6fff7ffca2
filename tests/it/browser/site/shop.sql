CREATE TABLE shop_customer (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(120) NOT NULL,
    email VARCHAR(254) NOT NULL UNIQUE,
    city VARCHAR(60) NOT NULL,
    joined_on DATE NOT NULL
);
CREATE TABLE shop_product (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sku VARCHAR(20) NOT NULL UNIQUE,
    name VARCHAR(120) NOT NULL,
    price NUMERIC(8, 2) NOT NULL,
    stock INTEGER NOT NULL DEFAULT 0,
    is_listed BOOLEAN NOT NULL DEFAULT TRUE
);
CREATE TABLE shop_order (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    number VARCHAR(12) NOT NULL UNIQUE,
    customer_id INTEGER NOT NULL REFERENCES shop_customer (id) ON DELETE RESTRICT,
    status VARCHAR(10) NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'paid', 'shipped', 'refunded')),
    placed_at DATETIME NOT NULL
);
CREATE TABLE shop_order_line (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id INTEGER NOT NULL REFERENCES shop_order (id) ON DELETE CASCADE,
    product_id INTEGER NOT NULL REFERENCES shop_product (id) ON DELETE RESTRICT,
    quantity INTEGER NOT NULL
);

INSERT INTO shop_product (sku, name, price, stock) VALUES
    ('PAP-A5-DOT', 'Notebook A5, dotted', 12.50, 420),
    ('PAP-A5-LIN', 'Notebook A5, lined', 12.50, 388),
    ('PAP-A4-PLN', 'Sketch pad A4', 16.00, 130),
    ('PEN-FIN-BLK', 'Fineliner, black', 3.20, 1460),
    ('PEN-FNT-M', 'Fountain pen, medium', 48.00, 62),
    ('INK-BLU-50', 'Ink, midnight blue, 50 ml', 14.90, 210),
    ('CAL-WALL-27', 'Wall calendar 2027', 19.00, 75),
    ('CRD-BIR-10', 'Birthday cards, box of ten', 21.00, 96),
    ('TAP-WSH-03', 'Washi tape, set of three', 8.40, 305),
    ('BAG-CAN-NAT', 'Canvas bag, natural', 18.00, 44),
    ('PST-MAP-50', 'Poster, railway map 50 × 70', 32.00, 18),
    ('STP-DAT-01', 'Date stamp', 27.50, 0);

WITH first_names (name) AS (VALUES ('Agnes'), ('Bruno'), ('Celine'), ('Daniel'), ('Emma'), ('Felix'), ('Greta'),
        ('Hannah'), ('Ivan'), ('Julia'), ('Karim'), ('Lucia'), ('Mateo'), ('Nadia'), ('Oscar'), ('Petra')),
    last_names (name, city) AS (VALUES ('Albrecht', 'Leipzig'), ('Bauer', 'Vienna'), ('Conti', 'Turin'),
        ('Dubois', 'Lyon'), ('Evans', 'Cardiff'), ('Ferreira', 'Porto'), ('Grahn', 'Malmö'), ('Horvat', 'Zagreb'),
        ('Ivanova', 'Sofia'), ('Jensen', 'Aarhus'), ('Kaya', 'Izmir'), ('Lund', 'Bergen')),
    numbered AS (SELECT first_names.name || ' ' || last_names.name AS name, city,
        lower(first_names.name || '.' || last_names.name) || '@example.org' AS email,
        row_number() OVER (ORDER BY first_names.name, last_names.name) AS n FROM first_names, last_names)
INSERT INTO shop_customer (name, email, city, joined_on)
SELECT name, email, city, date('2022-03-01', '+' || (n * 53 % 1600) || ' days') FROM numbered ORDER BY n * 53 % 1600;

WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 860)
INSERT INTO shop_order (number, customer_id, status, placed_at)
SELECT 'B-' || (24100 + n), n * 37 % 192 + 1,
    CASE WHEN n > 840 THEN 'new' WHEN n > 820 THEN 'paid' WHEN n % 31 = 0 THEN 'refunded' ELSE 'shipped' END,
    datetime('now', '-' || ((860 - n) * 5) || ' hours', '-' || (n * 17 % 60) || ' minutes')
FROM numbers;

INSERT INTO shop_order_line (order_id, product_id, quantity)
SELECT id, id * 7 % 12 + 1, id % 3 + 1 FROM shop_order
UNION ALL SELECT id, id * 5 % 11 + 1, 1 FROM shop_order WHERE id % 2 = 0;
