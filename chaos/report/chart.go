package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/distributedstorage/ds/chaos/account"
	"github.com/distributedstorage/ds/chaos/timeline"
)

// The measures of a chart, in the units of its own picture.
const (
	width       = 1060.0
	left        = 74 // of the names
	right       = 8.0
	laneHeight  = 18.0
	laneGap     = 5.0
	panelHeight = 120.0
	panelGap    = 34.0 // above each panel, for its title
	labelled    = 6.8  // width of a letter, about
)

// chart is the timeline of a scenario: lanes of faults above panels with curves, on one axis.
type chart struct {
	Width, Height float64
	Shades        []box
	Lanes         []lane
	Bands         []band
	Panels        []panel
	Times         []tick
}

type box struct{ X, Y, W, H float64 }

type lane struct {
	box
	Name  string
	TextY float64
}

type band struct {
	Title, Label       string
	Broken, Recovering *box
	TextX, TextY       float64
}

type panel struct {
	X, TitleY float64
	Title     string
	Keys      []string // the classes of its curves, which are their names too
	Ticks     []tick
	Area      string
	Curves    []curve
}

type curve struct{ Class, Path string }

type tick struct {
	X, X2, Y, Y2, TextY float64
	Text                string
}

// newChart draws a course; nil if there is nothing to draw.
func newChart(c account.Course) *chart {
	if c.Seconds <= 0 || len(c.Rates) < 2 {
		return nil
	}
	d := &drawing{seconds: c.Seconds, chart: &chart{Width: width}}
	d.lanes(c.Bands)
	top := d.y
	perSecond := 1e9 / float64(timeline.Width)
	d.panel("operations a second", true, []series{
		{"read", rates(c.Rates, func(r timeline.Rate) float64 { return float64(r.Read) * perSecond })},
		{"acked", rates(c.Rates, func(r timeline.Rate) float64 { return float64(r.Acknowledged) * perSecond })},
		{"failed", rates(c.Rates, func(r timeline.Rate) float64 { return float64(r.Failed) * perSecond })},
	})
	d.panel("entries in the router's table", false, []series{
		{"owed", samples(c.Samples, func(s timeline.Sample) float64 { return float64(s.Owed) })},
		{"buffered", samples(c.Samples, func(s timeline.Sample) float64 { return float64(s.Buffered) })},
	})
	for _, b := range c.Bands {
		d.chart.Shades = append(d.chart.Shades, d.box(b.From, b.Mended, top+panelGap-8, d.y-top-panelGap+8))
	}
	d.times()
	d.chart.Height = d.y + 24
	return d.chart
}

// series is the points of a curve, broken where nothing is known.
type series struct {
	name   string
	points []point
}

type point struct {
	seconds, value float64
	known          bool
}

func rates(all []timeline.Rate, value func(timeline.Rate) float64) []point {
	var points []point
	for i, r := range all[:len(all)-1] { // the last one is not whole
		points = append(points, point{(float64(i) + 0.5) * float64(timeline.Width) / 1e9, value(r), true})
	}
	return points
}

func samples(all []timeline.Sample, value func(timeline.Sample) float64) []point {
	var points []point
	for _, s := range all {
		points = append(points, point{float64(s.At) / 1e9, value(s), s.Known})
	}
	return points
}

// drawing is a chart in the making; y is how far down it is.
type drawing struct {
	chart   *chart
	seconds float64
	y       float64
}

func (d *drawing) x(seconds float64) float64 {
	return left + (width-left-right)*min(max(seconds/d.seconds, 0), 1)
}

func (d *drawing) box(from, to int64, y, height float64) box {
	x := d.x(float64(from) / 1e9)
	return box{x, y, max(d.x(float64(to)/1e9)-x, 1), height}
}

// lanes has one for each service that something was done to; servers by number, the router above them.
func (d *drawing) lanes(bands []timeline.Band) {
	for _, service := range services(bands) {
		d.chart.Lanes = append(d.chart.Lanes, lane{box{left, d.y, width - left - right, laneHeight}, service, d.y + 13})
		for _, b := range bands {
			if b.Service == service {
				d.chart.Bands = append(d.chart.Bands, d.band(b))
			}
		}
		d.y += laneHeight + laneGap
	}
}

func (d *drawing) band(b timeline.Band) band {
	broken := d.box(b.From, b.Mended, d.y, laneHeight)
	drawn := band{
		Title: fmt.Sprintf("%s: %s at %.1f s, mended after %.1f s, in sync after %.1f s", b.Service, b.Action,
			float64(b.From)/1e9, float64(b.Mended-b.From)/1e9, float64(b.To-b.From)/1e9),
		Broken: &broken, TextX: broken.X + broken.W/2, TextY: d.y + 13,
	}
	if b.To > b.Mended {
		recovering := d.box(b.Mended, b.To, d.y, laneHeight)
		drawn.Recovering = &recovering
	}
	if broken.W > labelled*float64(len(b.Action))+8 {
		drawn.Label = b.Action
	}
	return drawn
}

func services(bands []timeline.Band) []string {
	var list []string
	seen := map[string]bool{}
	for _, name := range []string{"router", "server-0", "server-1", "server-2"} {
		for _, b := range bands {
			if b.Service == name && !seen[name] {
				seen[name] = true
				list = append(list, name)
			}
		}
	}
	return list
}

// panel draws curves on an axis that begins at nothing.
func (d *drawing) panel(title string, area bool, all []series) {
	p := panel{X: left, TitleY: d.y + panelGap - 14, Title: title}
	d.y += panelGap
	top := axisTop(all)
	for _, share := range []float64{0, 0.5, 1} {
		y := d.y + panelHeight*(1-share)
		p.Ticks = append(p.Ticks, tick{X: left, X2: width - right, Y: y, TextY: y + 4, Text: short(top * share)})
	}
	for _, s := range all {
		p.Keys = append(p.Keys, s.name)
		p.Curves = append(p.Curves, curve{s.name, d.path(s.points, top)})
		if area && s.name == "acked" {
			p.Area = d.path(s.points, top) + fmt.Sprintf(" V%.1f H%.1f Z", d.y+panelHeight, d.x(s.points[0].seconds))
		}
	}
	d.chart.Panels = append(d.chart.Panels, p)
	d.y += panelHeight
}

func (d *drawing) path(points []point, top float64) string {
	var b strings.Builder
	pen := "M"
	for _, p := range points {
		if !p.known {
			pen = "M"
			continue
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", pen, d.x(p.seconds), d.y+panelHeight*(1-p.value/top))
		pen = "L"
	}
	return b.String()
}

// axisTop is a round number at or above every value.
func axisTop(all []series) float64 {
	most := 1.0
	for _, s := range all {
		for _, p := range s.points {
			most = max(most, p.value)
		}
	}
	unit := math.Pow(10, math.Floor(math.Log10(most)))
	for _, times := range []float64{1, 2, 4, 5, 8, 10} {
		if times*unit >= most {
			return times * unit
		}
	}
	return most
}

func short(v float64) string {
	if v >= 10_000 {
		return fmt.Sprintf("%gk", v/1000)
	}
	return fmt.Sprintf("%g", v)
}

// times is the axis: some ten marks at a round distance.
func (d *drawing) times() {
	step := 1.0
	for _, s := range []float64{1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600} {
		step = s
		if d.seconds/s <= 12 {
			break
		}
	}
	for at := 0.0; at <= d.seconds; at += step {
		d.chart.Times = append(d.chart.Times, tick{X: d.x(at), Y: d.y, Y2: d.y + 4, TextY: d.y + 17, Text: fmt.Sprintf("%g s", at)})
	}
}
