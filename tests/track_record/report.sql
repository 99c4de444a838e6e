-- Every number of the weekly report from the ledger's own tables, by SQLite alone.
--
-- Wants a table asked(as_of, ts_from, ts_to) and told(path, value) with what the report said, for
-- the three numbers that are found by searching (slope, intercept, Jeffreys' bounds): they are not
-- repeated here but put into the equation that they must solve. Leaves number(path, value).

CREATE TEMP TABLE number (path TEXT PRIMARY KEY, value);
CREATE TEMP TABLE clock AS SELECT
  as_of AS now, ts_from, ts_to,
  as_of - 30 * 86400000000000 AS month,
  as_of - 28 * 86400000000000 AS four_weeks,
  as_of - 365 * 86400000000000 AS year,
  as_of / 86400000000000 * 86400000000000 AS midnight
FROM asked;
CREATE TEMP TABLE book (book TEXT);
INSERT INTO book VALUES ('shadow'), ('ghost'), ('live');
CREATE TEMP TABLE kpi (
  place TEXT, name TEXT, unit TEXT, n INT, value REAL, target REAL, verdict TEXT,
  low REAL, high REAL, luck REAL, excess REAL, z REAL, e REAL
);

-- Plans and what became of them, a row a book.

CREATE TEMP TABLE play AS
SELECT o.book, o.ref_id, o.coin, o.filled, o.tp1, o.tp2, o.net_r, o.ts_resolved AS ended,
  CAST(o.net_usd AS REAL) AS usd, d.ts AS opened,
  json_extract(CAST(d.decision AS TEXT), '$.signal.null_tp1') AS luck1,
  json_extract(CAST(d.decision AS TEXT), '$.signal.null_tp2') AS luck2,
  json_type(CAST(d.decision AS TEXT), '$.signal.wall') <> 'null' AS walled,
  json_extract(CAST(d.decision AS TEXT), '$.sizing.atr_pct') AS atr,
  json_extract(CAST(d.decision AS TEXT), '$.sizing.size_pct') AS size,
  json_extract(CAST(d.decision AS TEXT), '$.sizing.size_pct_final') AS size_final,
  json_extract(CAST(d.decision AS TEXT), '$.sizing.shadow') AS other_sizes
FROM outcomes o JOIN decisions d ON d.ref_id = o.ref_id, clock
WHERE o.ts_resolved BETWEEN year AND now;

-- TP1 and TP2 against luck; overlapping plans count once (average uniqueness).

CREATE TEMP TABLE hit AS
SELECT book, 'tp1' AS name, 0.6 AS target, tp1 AS y, luck1 AS p, opened AS a, ended AS b
  FROM play WHERE filled
UNION ALL SELECT book, 'tp2', 0.35, tp2, luck2, opened, ended FROM play WHERE filled
UNION ALL SELECT book, 'tp1_30d', 0.6, tp1, luck1, opened, ended
  FROM play, clock WHERE filled AND ended >= month
UNION ALL SELECT book, 'tp2_30d', 0.35, tp2, luck2, opened, ended
  FROM play, clock WHERE filled AND ended >= month;
CREATE TEMP TABLE alive AS
WITH change AS (
  SELECT book, name, t, SUM(d) AS d FROM (
    SELECT book, name, a AS t, 1 AS d FROM hit UNION ALL SELECT book, name, b, -1 FROM hit
  ) GROUP BY book, name, t),
span AS (
  SELECT book, name, t, LEAD(t) OVER g AS t2, SUM(d) OVER g AS many
  FROM change WINDOW g AS (PARTITION BY book, name ORDER BY t))
SELECT book, name, t, COALESCE(SUM(CASE WHEN many > 0 THEN CAST(t2 - t AS REAL) / many END) OVER (
  PARTITION BY book, name ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS share
FROM span;
CREATE INDEX temp.by_alive ON alive (book, name, t);
INSERT INTO kpi
SELECT s.book, s.name, 'share', COUNT(y), AVG(y), s.target, NULL, NULL, NULL, AVG(p),
  AVG(y) - AVG(p), SUM(w * (y - p)) / SQRT(SUM(w * p * (1 - p))),
  EXP(MIN(700, SUM(LN(1 + 0.45 * (y - p)))))
FROM (
  SELECT book, name, target FROM book, (
    SELECT 'tp1' AS name, 0.6 AS target UNION SELECT 'tp2', 0.35
    UNION SELECT 'tp1_30d', 0.6 UNION SELECT 'tp2_30d', 0.35)) s
LEFT JOIN (
  SELECT hit.*, (y2.share - y1.share) / (b - a) AS w FROM hit
  JOIN alive y1 ON y1.book = hit.book AND y1.name = hit.name AND y1.t = a
  JOIN alive y2 ON y2.book = hit.book AND y2.name = hit.name AND y2.t = b) h
ON h.book = s.book AND h.name = s.name
GROUP BY s.book, s.name;

-- What they earned.

CREATE TEMP TABLE last_filled AS
SELECT * FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY book ORDER BY ended DESC, ref_id DESC) AS rank
  FROM play WHERE filled) WHERE rank <= 100;
CREATE TEMP TABLE last_sent AS
SELECT * FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY book ORDER BY ended DESC, ref_id DESC) AS rank
  FROM play) WHERE rank <= 100;
INSERT INTO kpi (place, name, unit, n, value)
SELECT book.book, 'filled', 'share', COUNT(filled), AVG(filled)
FROM book LEFT JOIN play ON play.book = book.book GROUP BY book.book;
INSERT INTO kpi
SELECT book, 'net_per_100', 'R per 100', n, 100 * m, 0, NULL,
  100 * (m - 1.9599639845400545 * error), 100 * (m + 1.9599639845400545 * error),
  NULL, NULL, NULL, e
FROM (
  SELECT book.book, COUNT(net_r) AS n, AVG(net_r) AS m,
    CASE WHEN COUNT(net_r) > 1 THEN SQRT(
      SUM((net_r - mean) * (net_r - mean)) / (COUNT(*) - 1) / COUNT(*)) END AS error,
    EXP(MIN(700, TOTAL(LN(1 + 0.1 * net_r)))) AS e
  FROM book LEFT JOIN (
    SELECT *, AVG(net_r) OVER (PARTITION BY book) AS mean FROM last_filled) l
  ON l.book = book.book GROUP BY book.book);
INSERT INTO kpi (place, name, unit, n, value)
SELECT book.book, 'net_per_100_usd', 'USD per 100', COUNT(net_r),
  100 * AVG(net_r * size_final / 100 * 10000)
FROM book LEFT JOIN last_filled l ON l.book = book.book GROUP BY book.book;
INSERT INTO kpi (place, name, unit, n, value)
SELECT book.book, 'net_per_100_sent', 'R per 100', COUNT(net_r), 100 * AVG(net_r * filled)
FROM book LEFT JOIN last_sent l ON l.book = book.book GROUP BY book.book;
CREATE TEMP TABLE late AS
SELECT book, (ended - now) / (7 * 86400e9) AS x, 100 * net_r AS y
FROM play, clock WHERE filled AND ended >= four_weeks;
CREATE TEMP TABLE line AS
SELECT late.book, COUNT(*) AS n, m.x AS mx, m.y AS my, SUM((late.x - m.x) * (late.x - m.x)) AS wide,
  SUM((late.x - m.x) * (late.y - m.y)) / SUM((late.x - m.x) * (late.x - m.x)) AS slope
FROM late JOIN (SELECT book, AVG(x) AS x, AVG(y) AS y FROM late GROUP BY book) m USING (book)
GROUP BY late.book;
INSERT INTO kpi
SELECT book.book, 'net_slope', 'R per 100 a week', COALESCE(l.n, 0),
  CASE WHEN l.n >= 10 THEN slope END, NULL, '',
  CASE WHEN l.n >= 10 THEN slope - 1.9599639845400545 * error END,
  CASE WHEN l.n >= 10 THEN slope + 1.9599639845400545 * error END, NULL, NULL, NULL, NULL
FROM book LEFT JOIN (
  SELECT line.*, SQRT(SUM((y - my - slope * (x - mx)) * (y - my - slope * (x - mx)))
    / (n - 2) / wide) AS error
  FROM line JOIN late ON late.book = line.book GROUP BY line.book) l ON l.book = book.book;
CREATE TEMP TABLE gap AS
SELECT g.net_r - l.net_r AS x FROM play g JOIN play l
ON l.ref_id = g.ref_id AND l.book = 'live' AND l.filled WHERE g.book = 'ghost' AND g.filled;
INSERT INTO kpi
SELECT 'desk', 'ghost_live_gap', 'R', n, m, NULL, '', m - 1.9599639845400545 * error,
  m + 1.9599639845400545 * error, NULL, NULL, NULL, NULL
FROM (
  SELECT COUNT(x) AS n, AVG(x) AS m, CASE WHEN COUNT(x) > 1 THEN SQRT(
    SUM((x - mean) * (x - mean)) / (COUNT(*) - 1) / COUNT(*)) END AS error
  FROM (SELECT x, AVG(x) OVER () AS mean FROM gap));

-- The week, the curves, the setups, the choices, the sizings. A row becomes a number a column.

CREATE TEMP TABLE sums AS
SELECT book.book, COUNT(w.ref_id) AS sent, TOTAL(filled) AS filled,
  TOTAL(filled AND tp1) AS tp1, TOTAL(filled AND tp2) AS tp2, TOTAL(net_r * filled) AS net_r,
  TOTAL(usd * filled) AS usd
FROM book LEFT JOIN (SELECT * FROM play, clock WHERE ended >= ts_from AND ended < ts_to) w
ON w.book = book.book GROUP BY book.book;
INSERT INTO number
SELECT 'week.' || book || '.' || key, value FROM sums, json_each(json_object(
  'sent', sent, 'filled', filled, 'tp1', tp1, 'tp2', tp2, 'net_r', net_r, 'net_usd', usd,
  'net_per_100', 100 * net_r / NULLIF(filled, 0), 'net_per_100_sent', 100 * net_r / NULLIF(sent, 0)));

CREATE TEMP TABLE day AS
WITH RECURSIVE n (day) AS (SELECT 0 UNION ALL SELECT day + 1 FROM n WHERE day < 27) SELECT day FROM n;
INSERT INTO number
SELECT 'curves.' || book || '.days.' || day, TOTAL(net_r) FROM book CROSS JOIN day LEFT JOIN (
  SELECT play.book AS b, net_r, 27 - (now - ended) / 86400000000000 AS at FROM play, clock
  WHERE filled AND ended > four_weeks) p ON p.b = book AND p.at <= day GROUP BY book, day;
INSERT INTO number
SELECT 'curves.' || book.book || '.n', COUNT(p.ref_id) FROM book LEFT JOIN (
  SELECT * FROM play, clock WHERE filled AND ended > four_weeks) p ON p.book = book.book
GROUP BY book.book;

CREATE TEMP TABLE setup AS
SELECT book, CASE WHEN walled THEN 'wall' ELSE 'no wall' END AS setup, coin,
  CASE WHEN atr IS NULL THEN '' WHEN atr <= 0.64 THEN 'calm' WHEN atr >= 1 THEN 'wild'
  ELSE 'usual' END AS regime, COUNT(*) AS n, SUM(tp1) AS k, AVG(luck1) AS luck
FROM play, clock WHERE filled AND ended >= month GROUP BY 1, 2, 3, 4;
INSERT INTO number
SELECT 'setups.' || book || '.shown.' || setup || '|' || coin || '|' || regime || '.' || key, value
FROM setup, json_each(json_object('n', n, 'hits', k, 'rate', 1.0 * k / n,
  'shrunk', (k + 20 * luck) / (n + 20), 'interval.low', k, 'interval.high', n)) WHERE n >= 5;
UPDATE number SET value = (
  SELECT CASE WHEN path LIKE '%low' THEN low ELSE high END FROM (
    SELECT book, setup, coin, regime,
      CASE WHEN k = 0 THEN 0 ELSE ((1.0 * k / n + q / 2) - h) / (1 + q) END AS low,
      CASE WHEN k = n THEN 1 ELSE ((1.0 * k / n + q / 2) + h) / (1 + q) END AS high
    FROM (SELECT *, 3.841458820694124 / n AS q, 1.9599639845400545 * SQRT(
      1.0 * k / n * (1 - 1.0 * k / n) / n + 3.841458820694124 / (4.0 * n * n)) AS h FROM setup))
  WHERE path LIKE 'setups.' || book || '.shown.' || setup || '|' || coin || '|' || regime || '.%')
WHERE path LIKE 'setups.%.interval.%';
INSERT INTO number
SELECT 'setups.' || book.book || '.' || key, value FROM (
  SELECT book.book, COUNT(n) AS kinds, TOTAL(n) AS plans FROM book
  LEFT JOIN setup ON setup.book = book.book AND n < 5 GROUP BY book.book) book,
  json_each(json_object('hidden', kinds, 'hidden_plans', plans));

CREATE TEMP TABLE shadow AS
SELECT play.*, EXISTS (SELECT 1 FROM play g WHERE g.book = 'ghost' AND g.ref_id = play.ref_id)
  AS taken FROM play, clock WHERE play.book = 'shadow' AND filled AND ended >= month;
CREATE TEMP TABLE choice AS
SELECT c.name, COUNT(net_r) AS n, TOTAL(net_r) AS won, AVG(net_r) AS m,
  CASE WHEN COUNT(net_r) > 1 THEN 1.9599639845400545 * SQRT(
    SUM((net_r - mean) * (net_r - mean)) / (COUNT(*) - 1) / COUNT(*)) END AS half
FROM (SELECT 'taken' AS name, 1 AS taken UNION SELECT 'left', 0) c LEFT JOIN (
  SELECT *, AVG(net_r) OVER (PARTITION BY taken) AS mean FROM shadow) s ON s.taken = c.taken
GROUP BY c.name;
INSERT INTO number
SELECT 'choices.' || name || '.' || key, value FROM choice, json_each(json_object(
  'n', n, 'net_r', won, 'mean_r', m, 'interval.low', m - half, 'interval.high', m + half));

CREATE TEMP TABLE sized AS
SELECT name, won, SUM(won) OVER (PARTITION BY name ORDER BY ended, ref_id) AS worth, ended, ref_id
FROM (
  SELECT 'in force' AS name, net_r * size AS won, ended, ref_id FROM shadow
  UNION ALL SELECT key, net_r * value, ended, ref_id FROM shadow, json_each(other_sizes));
INSERT INTO number
SELECT 'sizings.' || name || '.' || key, value FROM (
  SELECT name, COUNT(*) AS n, SUM(won) AS won, MAX(0, MAX(peak - worth)) AS deep FROM (
    SELECT *, MAX(0, MAX(worth) OVER (PARTITION BY name ORDER BY ended, ref_id)) AS peak FROM sized)
  GROUP BY name),
  json_each(json_object('n', n, 'net_pct', won, 'drawdown_pct', deep));

-- No-trades by gate.

CREATE TEMP TABLE refused AS
SELECT d.ts, json_extract(CAST(d.decision AS TEXT), '$.signal.code') AS code,
  CASE WHEN h.label <> 'unknown' AND h.ts_ended <= now THEN h.filled END AS filled, h.net_r
FROM clock, decisions d LEFT JOIN hypotheses h ON h.ref_id = d.ref_id
WHERE d.ts BETWEEN month AND now
  AND json_extract(CAST(d.decision AS TEXT), '$.signal.type') = 'NoTrade';
CREATE TEMP TABLE gate AS
SELECT code, TOTAL(ts >= ts_from AND ts < ts_to) AS week, COUNT(*) AS n,
  COUNT(filled) AS judged, TOTAL(filled) AS filled,
  CASE WHEN COUNT(filled) > 0 THEN -TOTAL(net_r * filled) END AS saved,
  SUM(net_r * filled) / NULLIF(SUM(filled), 0) AS m,
  CASE WHEN SUM(filled) > 1 THEN 1.9599639845400545 * SQRT(
    SUM(filled * (net_r - mean) * (net_r - mean)) / (SUM(filled) - 1) / SUM(filled)) END AS half
FROM (SELECT *, SUM(net_r * filled) OVER g / NULLIF(SUM(filled) OVER g, 0) AS mean
  FROM refused, clock WINDOW g AS (PARTITION BY code)) GROUP BY code;
INSERT INTO number
SELECT 'gates.' || code || '.' || key, value FROM gate, json_each(json_object(
  'week', week, 'n', n, 'judged', judged, 'filled', filled, 'saved_r', saved, 'mean_r', m,
  'interval.low', m - half, 'interval.high', m + half));

-- Messages: on time, read, held back.

CREATE TEMP TABLE message AS
SELECT ref_id, category, ts_created AS made, CASE WHEN ts_acked <= now THEN ts_acked END AS acked,
  CASE WHEN ts_acked > now THEN 'sending' ELSE state END AS state
FROM outbox, clock WHERE kind IN ('send', 'held') AND category IN ('institutional', 'sniper')
  AND ts_created BETWEEN month AND now;
INSERT INTO number
SELECT 'deliveries.' || state, COUNT(*) FROM message, clock
WHERE made >= ts_from AND made < ts_to GROUP BY state;
INSERT INTO number
SELECT 'held.' || category || '|' || state || '.n', COUNT(*) FROM message, clock
WHERE made >= ts_from AND made < ts_to AND state IN ('snoozed', 'budget') GROUP BY category, state;
CREATE TEMP TABLE lag AS
SELECT CASE WHEN acked IS NULL THEN 9e999 ELSE (acked - made) / 1e9 END AS s FROM message, clock
WHERE state NOT IN ('snoozed', 'budget')
  AND (acked IS NOT NULL OR state NOT IN ('new', 'sending') OR made <= now - 60000000000);
CREATE TEMP TABLE thumb AS
SELECT * FROM feedback, clock WHERE ts_clicked BETWEEN month AND now;
CREATE TEMP TABLE reached AS
SELECT ref_id, MIN(acked) AS ts FROM message WHERE acked IS NOT NULL GROUP BY ref_id;
CREATE TEMP TABLE heard AS
SELECT ref_id, EXISTS (SELECT 1 FROM thumb WHERE thumb.ref_id = reached.ref_id
  AND ts_clicked - reached.ts <= 86400000000000) AS yes FROM reached;
INSERT INTO kpi
SELECT 'desk', 'delivery_lag_p95', 's', COUNT(*), (
  SELECT s FROM (SELECT s, ROW_NUMBER() OVER (ORDER BY s) AS rank, COUNT(*) OVER () AS n FROM lag)
  WHERE rank = (95 * n + 99) / 100), 5, NULL, NULL, NULL, NULL, NULL, NULL,
  EXP(TOTAL(LN(1 + 0.45 * ((s < 5) - 0.95)))) FROM lag;
INSERT INTO kpi
SELECT 'desk', 'feedback_coverage', 'share', COUNT(*), AVG(yes), 0.3, NULL, NULL, NULL, NULL, NULL,
  NULL, EXP(TOTAL(LN(1 + 0.45 * (yes - 0.3)))) FROM heard;
CREATE TEMP TABLE click AS
SELECT latency_s AS s, ROW_NUMBER() OVER (ORDER BY latency_s) AS rank, COUNT(*) OVER () AS n
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id, ts_clicked / 86400000000000
  ORDER BY ts_clicked, ref_id) AS of_the_day FROM thumb)
WHERE of_the_day <= 30 AND latency_s IS NOT NULL;
INSERT INTO kpi (place, name, unit, n, value)
SELECT 'desk', 'latency_to_click_p' || q, 's', (SELECT COUNT(*) FROM click),
  (SELECT s FROM click WHERE rank = (q * n + 99) / 100)
FROM (SELECT 50 AS q UNION SELECT 90);

-- The API of the day.

CREATE TEMP TABLE api AS
SELECT CAST(body AS TEXT) AS body FROM events, clock
WHERE kind = 'Served' AND ts_event BETWEEN midnight AND now;
CREATE TEMP TABLE took AS
SELECT key / 1000.0 AS s, SUM(value) AS n FROM api, json_each(body, '$.body.durations_ms') GROUP BY 1;
INSERT INTO kpi
SELECT 'desk', 'api_p95', 's', TOTAL(n), (
  SELECT MIN(s) FROM (SELECT s, SUM(n) OVER (ORDER BY s) AS upto, SUM(n) OVER () AS n FROM took)
  WHERE upto * 100 >= n * 95), 0.4, NULL, NULL, NULL, NULL, NULL, NULL,
  EXP(TOTAL(n * LN(1 + 0.45 * ((s < 0.4) - 0.95)))) FROM took;
INSERT INTO kpi
SELECT 'desk', 'server_errors', 'share', n, bad / NULLIF(n, 0), 0.01, NULL, NULL, NULL, NULL, NULL,
  NULL, EXP(bad * LN(1 - 0.45 * 0.99) + (n - bad) * LN(1 + 0.45 * 0.01))
FROM (SELECT TOTAL(json_extract(body, '$.body.requests')) AS n,
  TOTAL(json_extract(body, '$.body.server_errors')) AS bad FROM api);

-- The printed confidence against what came an hour later.

CREATE TEMP TABLE y AS
SELECT f.ref_id, f.coin, f.ts AS a, f.ts + 3600000000000 AS b, f.told,
  CASE WHEN f.score > 0 THEN later.mid > f.mid ELSE later.mid < f.mid END AS hit,
  LN(MIN(MAX(f.told, 0.02), 0.98) / (1 - MIN(MAX(f.told, 0.02), 0.98))) AS x,
  MIN(MAX(f.told, 0.001), 0.999) AS clipped
FROM clock, forecasts f
JOIN forecasts later ON later.ts = f.ts + 3600000000000 AND later.coin = f.coin
WHERE f.mid IS NOT NULL AND later.mid IS NOT NULL AND f.score <> 0
  AND f.ts >= month AND later.ts <= now;
CREATE TEMP TABLE living AS
WITH change AS (SELECT t, SUM(d) AS d FROM (
  SELECT a AS t, 1 AS d FROM y UNION ALL SELECT b, -1 FROM y) GROUP BY t),
span AS (SELECT t, LEAD(t) OVER g AS t2, SUM(d) OVER g AS many FROM change WINDOW g AS (ORDER BY t))
SELECT t, COALESCE(SUM(CASE WHEN many > 0 THEN CAST(t2 - t AS REAL) / many END) OVER (
  ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS share FROM span;
CREATE INDEX temp.by_living ON living (t);
CREATE TEMP TABLE scored AS
SELECT y.*, (y2.share - y1.share) / (b - a) AS w,
  (ROW_NUMBER() OVER (ORDER BY told, a, coin, ref_id) - 1) * 10 / COUNT(*) OVER () AS bin,
  AVG(hit) OVER () AS rate
FROM y JOIN living y1 ON y1.t = a JOIN living y2 ON y2.t = b;
CREATE TEMP TABLE bin AS
SELECT bin, COUNT(*) AS n, SUM(hit) AS k, AVG(told) AS told, SUM(hit - told) AS off
FROM scored GROUP BY bin;
CREATE TEMP TABLE score AS
SELECT COUNT(*) AS n, SUM(w) AS n_eff, AVG(hit) AS base_rate,
  AVG((told - hit) * (told - hit)) AS brier,
  -AVG(CASE WHEN hit THEN LN(clipped) ELSE LN(1 - clipped) END) AS log_loss,
  1 - SUM((told - hit) * (told - hit)) / NULLIF(SUM((rate - hit) * (rate - hit)), 0) AS skill_base_rate,
  1 - SUM((told - hit) * (told - hit)) / SUM(0.25) AS skill_null,
  (SELECT SUM(ABS(off)) / SUM(n) FROM bin) AS ece,
  SUM(w * (hit - told) * (1 - 2 * told))
    / SQRT(SUM(w * (1 - 2 * told) * (1 - 2 * told) * told * (1 - told))) AS z
FROM scored;
INSERT INTO number
SELECT 'calibration.' || key, value FROM score, json_each(json_object(
  'n', n, 'n_eff', n_eff, 'base_rate', base_rate, 'brier', brier, 'log_loss', log_loss,
  'skill_base_rate', skill_base_rate, 'skill_null', skill_null, 'ece', ece, 'z', z,
  'hidden', (SELECT TOTAL(n) FROM bin WHERE n < 5))) WHERE n > 0;
CREATE TEMP TABLE point AS
SELECT ROW_NUMBER() OVER (ORDER BY bin) - 1 AS at, * FROM bin WHERE n >= 5;
INSERT INTO number
SELECT 'calibration.bins.' || at || '.' || key, value FROM point,
  json_each(json_object('n', n, 'hits', k, 'forecast', told, 'rate', 1.0 * k / n));

-- Slope and intercept: the told ones, less one Newton step of the penalised log loss.

CREATE TEMP TABLE newton AS
WITH s AS (
  SELECT (SELECT value FROM told WHERE path = 'calibration.intercept') AS a,
    (SELECT value FROM told WHERE path = 'calibration.slope') AS b),
p AS (SELECT s.a, s.b, x, hit, 1 / (1 + EXP(-s.a - s.b * x)) AS p FROM scored, s),
g AS (SELECT a, b, SUM(p - hit) + a / 100 AS ga, SUM((p - hit) * x) + (b - 1) / 100 AS gb,
  SUM(p * (1 - p)) + 0.01 AS haa, SUM(p * (1 - p) * x) AS hab, SUM(p * (1 - p) * x * x) + 0.01 AS hbb
  FROM p)
SELECT a - (hbb * ga - hab * gb) / (haa * hbb - hab * hab) AS a,
  b - (haa * gb - hab * ga) / (haa * hbb - hab * hab) AS b FROM g;
INSERT INTO number SELECT 'calibration.intercept', a FROM newton WHERE a IS NOT NULL;
INSERT INTO number SELECT 'calibration.slope', b FROM newton WHERE b IS NOT NULL;

-- Jeffreys' bounds: the told ones, less one Newton step of "2.5 % lie beyond". With x = sin2(t) the
-- beta distribution's density is smooth, and Simpson's rule on 8,000 pieces exact to twelve digits.

CREATE TEMP TABLE bound AS
SELECT point.at, e.name, n, k, told.value AS x, ASIN(SQRT(told.value)) AS t, e.level
FROM point, (SELECT 'low' AS name, 0.025 AS level UNION SELECT 'high', 0.975) e
JOIN told ON told.path = 'calibration.bins.' || point.at || '.interval.' || e.name;
CREATE TEMP TABLE piece AS
WITH RECURSIVE i (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM i WHERE i < 8000)
SELECT i, CASE WHEN i IN (0, 8000) THEN 1 WHEN i % 2 THEN 4 ELSE 2 END AS weight FROM i;
CREATE TEMP TABLE area AS
SELECT at, name, SUM(weight * EXP(2 * k * (LN(SIN(t * i / 8000) + 1e-300) - LN(SQRT(1.0 * k / n))) + 2 * (n - k) * (LN(COS(t * i / 8000) + 1e-300) - LN(SQRT(1 - 1.0 * k / n))))) * t / 24000 AS part,
  SUM(weight * EXP(2 * k * (LN(SIN(1.5707963267948966 * i / 8000) + 1e-300) - LN(SQRT(1.0 * k / n))) + 2 * (n - k) * (LN(COS(1.5707963267948966 * i / 8000) + 1e-300) - LN(SQRT(1 - 1.0 * k / n))))) * 1.5707963267948966 / 24000 AS whole
FROM bound, piece GROUP BY at, name;
INSERT INTO number
SELECT 'calibration.bins.' || at || '.interval.' || name,
  x - (part / whole - level) / (EXP(2 * k * (LN(SIN(t) + 1e-300) - LN(SQRT(1.0 * k / n))) + 2 * (n - k) * (LN(COS(t) + 1e-300) - LN(SQRT(1 - 1.0 * k / n)))) / whole / (2 * SIN(t) * COS(t)))
FROM bound JOIN area USING (at, name);

-- Rated and unrated.

CREATE TEMP TABLE side AS
SELECT 'snp' AS kind, tp1 AS won, EXISTS (
  SELECT 1 FROM thumb WHERE thumb.ref_id = shadow.ref_id) AS rated FROM shadow
UNION ALL
SELECT 'ib', hit, EXISTS (SELECT 1 FROM thumb WHERE thumb.ref_id = y.ref_id) FROM y
WHERE EXISTS (SELECT 1 FROM reached WHERE reached.ref_id = y.ref_id);
INSERT INTO kpi (place, name, unit, n, value)
SELECT c.kind, c.name, 'share', COUNT(won), AVG(won) FROM (
  SELECT 'snp' AS kind, 'rated' AS name, 1 AS rated UNION SELECT 'snp', 'unrated', 0
  UNION SELECT 'ib', 'rated', 1 UNION SELECT 'ib', 'unrated', 0) c
LEFT JOIN side ON side.kind = c.kind AND side.rated = c.rated GROUP BY c.kind, c.name;

-- The KPIs of calibration; intervals of shares (Wilson); verdicts.

INSERT INTO kpi (place, name, unit, n, value, luck, excess)
SELECT 'desk', k.key, CASE k.key WHEN 'log_loss' THEN 'nats' WHEN 'ece' THEN 'share' ELSE '' END,
  score.n, k.value, CASE k.key WHEN 'ece' THEN luck END, CASE k.key WHEN 'ece' THEN k.value - luck END
FROM score, (SELECT value AS luck FROM told WHERE path = 'calibration.ece_null_95'),
  json_each(json_object('brier_skill', skill_base_rate, 'brier_skill_null', skill_null,
    'log_loss', log_loss, 'ece', ece, 'slope', (SELECT b FROM newton),
    'intercept', (SELECT a FROM newton))) k WHERE score.n > 0;
UPDATE kpi SET
  low = CASE WHEN value = 0 THEN 0 ELSE ((value + q / 2) - h) / (1 + q) END,
  high = CASE WHEN value = 1 THEN 1 ELSE ((value + q / 2) + h) / (1 + q) END
FROM (SELECT place AS p, name AS m, 3.841458820694124 / n AS q, 1.9599639845400545 * SQRT(
  value * (1 - value) / n + 3.841458820694124 / (4.0 * n * n)) AS h FROM kpi)
WHERE place = p AND name = m AND unit = 'share' AND n > 0
  AND name NOT IN ('server_errors', 'ece');
UPDATE kpi SET verdict = CASE
  WHEN target IS NULL THEN '' WHEN value IS NULL THEN 'UNKNOWN'
  WHEN NOT (CASE WHEN name IN ('delivery_lag_p95', 'api_p95', 'server_errors')
    THEN value < target ELSE value > target END) THEN 'MISSED'
  WHEN e >= 20 THEN 'MET(proven)' ELSE 'MET(unproven)' END;
INSERT INTO number
SELECT CASE WHEN place IN ('snp', 'ib') THEN 'rated.' || place || '.' || name
    WHEN place = 'desk' THEN 'measured.desk.' || name
    ELSE 'measured.books.' || place || '.' || name END || '.' || j.key, j.value
FROM kpi, json_each(json_object(
  'value', CASE WHEN kpi.value < 9e99 THEN kpi.value END, 'n', n, 'target', target, 'verdict', verdict,
  'interval.low', low, 'interval.high', high, 'null', luck, 'excess', excess, 'z', z,
  'e_value', e)) j;
INSERT INTO number SELECT 'as_of', now FROM clock;
