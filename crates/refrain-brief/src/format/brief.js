(function(){
"use strict";
var value=function(row,i){var t=row.cells[i]?row.cells[i].textContent.trim():"";
if(/^\d{1,2} [A-Z][a-z]{2} \d{4}$/.test(t.replace(/\s/g," "))){return Date.parse(t.replace(/\s/g," ")+" UTC")}
var n=parseFloat(t.replace(/^p90/,"").replace(/,/g,"").replace(/\u2212/g,"-").replace(/^[^\d-]+/,""));
return isNaN(n)?t.toLowerCase():/\d\sd$/.test(t)?n*24:n};
var before=function(a,b){if(typeof a===typeof b){return a<b?-1:a>b?1:0}return typeof a==="number"?-1:1};
var sort=function(table,i,button){
var up=button.getAttribute("data-up")!=="1",body=table.tBodies[0],sums=[],rows=[];
Array.prototype.forEach.call(body.rows,function(r){(r.className==="sum"?sums:rows).push(r)});
rows.map(function(r,k){return{r:r,k:k,v:value(r,i)}}).sort(function(a,b){return(up?before(a.v,b.v):before(b.v,a.v))||a.k-b.k}).concat(sums.map(function(r){return{r:r}})).forEach(function(x){body.appendChild(x.r)});
Array.prototype.forEach.call(table.tHead.rows[0].cells,function(th,j){th.setAttribute("aria-sort",j===i?(up?"ascending":"descending"):"none")});
button.setAttribute("data-up",up?"1":"0")};
Array.prototype.forEach.call(document.querySelectorAll("table.sort"),function(table){
if(!table.tHead||table.tBodies[0].rows.length<3){return}
Array.prototype.forEach.call(table.tHead.rows[0].cells,function(th,i){
var b=document.createElement("button");b.type="button";b.textContent=th.textContent;b.title="Sort by this column";th.textContent="";th.appendChild(b);
b.addEventListener("click",function(){sort(table,i,b)})})});
})();
