/* Every page starts here: the parts of a page register themselves. */
import "dt/components/age.js";
import "dt/components/alerts.js";
import "dt/components/ask.js";
import "dt/components/autosend.js";
import "dt/components/chart.js";
import "dt/components/choices.js";
import "dt/components/copy.js";
import "dt/components/left.js";
import "dt/components/notice.js";
import "dt/components/offline.js";
import "dt/components/part.js";
import "dt/components/pill.js";
import "dt/components/send.js";
import "dt/components/slider.js";
import "dt/components/spark.js";
import "dt/components/tile.js";
import "dt/components/value.js";
import { start } from "dt/live.js";

start();
